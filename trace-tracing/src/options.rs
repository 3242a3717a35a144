//! What can be switched on the layer.

/// What is recorded beside names and fields, and what errors do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) location: bool,
    pub(crate) target: bool,
    pub(crate) level: bool,
    /// Error values are `exception.message` and `exception.stacktrace` too.
    pub(crate) error_fields_to_exceptions: bool,
    /// Error values of events are so on the span as well.
    pub(crate) error_records_to_exceptions: bool,
    /// Events of level ERROR, and those that are an error, fail the span.
    pub(crate) error_events_to_status: bool,
    /// Events that are an error are called `exception`.
    pub(crate) error_events_to_exceptions: bool,
}

impl Options {
    pub(crate) const DEFAULT: Self = Self {
        location: true,
        target: true,
        level: false,
        error_fields_to_exceptions: true,
        error_records_to_exceptions: true,
        error_events_to_status: true,
        error_events_to_exceptions: true,
    };

    /// Those that change what a site says, as a number below 8.
    pub(crate) fn of_sites(self) -> usize {
        usize::from(self.location) | usize::from(self.target) << 1 | usize::from(self.level) << 2
    }
}
