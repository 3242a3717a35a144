//! Options of the layer.

#[cfg(feature = "logs")]
use crate::runtime::layer::logs;

/// What events of `tracing` become; for
/// [`SpanLayer::with_events`](crate::SpanLayer::with_events).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Events {
    /// Log records if the pipeline exports logs, otherwise events of their spans. A test with a capture
    /// sees both.
    #[default]
    Auto,
    /// Events of their spans.
    SpanEvents,
    /// Log records, with the ids of their spans.
    #[cfg(feature = "logs")]
    Logs,
    /// Both.
    #[cfg(feature = "logs")]
    Both,
}

/// The destinations of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destinations {
    pub(crate) span: bool,
    #[cfg_attr(not(feature = "logs"), allow(dead_code, reason = "there are no logs"))]
    pub(crate) logs: bool,
}

impl Events {
    pub(crate) fn destinations(self) -> Destinations {
        match self {
            #[cfg(feature = "logs")]
            Self::Auto => {
                let (exported, tapped) = (logs::is_exported(), logs::is_tapped());
                Destinations { span: tapped || !exported, logs: tapped || exported }
            }
            #[cfg(not(feature = "logs"))]
            Self::Auto => Destinations { span: true, logs: false },
            Self::SpanEvents => Destinations { span: true, logs: false },
            #[cfg(feature = "logs")]
            Self::Logs => Destinations { span: false, logs: true },
            #[cfg(feature = "logs")]
            Self::Both => Destinations { span: true, logs: true },
        }
    }
}

/// What is recorded besides names and fields, and how errors are treated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) location: bool,
    pub(crate) target: bool,
    pub(crate) level: bool,
    pub(crate) events: Events,
    /// Whether error values are also recorded as `exception.message` and `exception.stacktrace`.
    pub(crate) error_fields_to_exceptions: bool,
    /// Whether error values of events are also recorded so on the span.
    pub(crate) error_records_to_exceptions: bool,
    /// Whether events of level ERROR, and those with only an error, fail the span.
    pub(crate) error_events_to_status: bool,
    /// Whether events with only an error are called `exception`.
    pub(crate) error_events_to_exceptions: bool,
}

impl Options {
    pub(crate) const DEFAULT: Self = Self {
        location: true,
        target: true,
        level: false,
        events: Events::Auto,
        error_fields_to_exceptions: true,
        error_records_to_exceptions: true,
        error_events_to_status: true,
        error_events_to_exceptions: true,
    };

    /// Returns the options that change a site, as a number below 8.
    pub(crate) fn of_sites(self) -> usize {
        usize::from(self.location) | usize::from(self.target) << 1 | usize::from(self.level) << 2
    }
}
