//! Defines the interface of exporters.

use super::FinishedSpans;
use super::exported::Exported;
use crate::escape;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// Sends finished spans somewhere.
///
/// Each exporter runs on its own thread behind a bounded queue, so `export` may block. It may
/// fail and even panic: undelivered items are counted. Stock OpenTelemetry exporters need no
/// implementation of this trait: hand them to
/// [`TelemetryBuilder::with_otel_span_exporter`](crate::TelemetryBuilder::with_otel_span_exporter).
///
/// `T` is the kind of its items: spans by default. The runtime's own exporters of log
/// records use the same interface.
///
/// ```
/// use trace_runtime::export::{ExportError, Exporter, FinishedSpan};
///
/// struct Names;
///
/// impl Exporter for Names {
///     fn name(&self) -> std::borrow::Cow<'static, str> {
///         "names".into()
///     }
///
///     fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
///         for span in batch {
///             println!("{} {:?}", span.name(), span.attribute("order.id"));
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Exporter<T: Exported = FinishedSpans>: Send + 'static {
    /// Returns a short name for reports and warnings, such as `otlp`.
    fn name(&self) -> Cow<'static, str>;

    /// Returns the destination, for the line that reports at start-up what was set up. It must contain no
    /// secret. By default it is the name.
    fn destination(&self) -> String {
        self.name().into_owned()
    }

    /// Sets the resource. Called once before anything else.
    fn set_resource(&mut self, resource: &Resource) {
        let _ = resource;
    }

    /// Returns how long a span or record may wait for others to fill a batch; `None` for the configured
    /// delay.
    fn max_delay(&self) -> Option<Duration> {
        None
    }

    /// Returns when [`export`](Self::export) is to be called even without a batch: it then gets
    /// an empty one. Called after each export.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// Returns whether it gets all recorded spans, whatever tail sampling decides; usually through
    /// [`AllSpans`](super::AllSpans). Called once.
    fn gets_all(&self) -> bool {
        false
    }

    /// Delivers one batch.
    ///
    /// # Errors
    /// When the batch was not delivered. Its items are then counted as lost, all of them or the number
    /// that [`ExportError::partial`] sets.
    fn export(&mut self, batch: &[T::View<'_>]) -> Result<(), ExportError>;

    /// Delivers items that the exporter itself buffers.
    ///
    /// # Errors
    /// When that was not possible. The number that [`ExportError::partial`] sets was counted as exported
    /// before, and is then counted as lost.
    fn force_flush(&mut self) -> Result<(), ExportError> {
        Ok(())
    }

    /// Shuts the exporter down. Called once, last.
    ///
    /// # Errors
    /// When something could not be delivered or closed.
    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        let _ = timeout;
        Ok(())
    }
}

/// The reason why a batch, or a part of it, was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    message: String,
    lost: Option<usize>,
    /// Nothing is lost: the batch may be exported again at this time, and not before.
    later: Option<Instant>,
}

impl ExportError {
    /// Returns an error with a message for people; the whole batch is lost.
    ///
    /// The message is kept as one line of at most 1,024 characters: control characters, line breaks
    /// and controls of bidirectional text are escaped, since it may quote text from a receiver.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: escape::line(message.into()).to_string(), lost: None, later: None }
    }

    /// Returns an error that lost only `lost` items of the batch; the others were delivered.
    pub fn partial(lost: usize, message: impl Into<String>) -> Self {
        Self { lost: Some(lost), ..Self::new(message) }
    }

    /// Returns the number of lost items of the batch; `None` for all.
    pub fn lost(&self) -> Option<usize> {
        self.lost
    }

    /// Returns the batch to the queue: it may be exported again at that moment, and not before.
    #[cfg_attr(
        not(any(feature = "otlp-http", feature = "otlp-grpc")),
        allow(dead_code, reason = "only receivers ask for it")
    )]
    pub(crate) fn postponed(mut self, until: Instant) -> Self {
        self.later = Some(until);
        self
    }

    /// Returns when the batch may be exported again, if it was returned to the queue.
    pub(crate) fn later(&self) -> Option<Instant> {
        self.later
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExportError {}
