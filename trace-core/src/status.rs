//! The statuses of spans.

use std::borrow::Cow;

/// The status of a span
/// ([Status](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// No status was set, as after an ordinary success.
    #[default]
    Unset,
    /// The program explicitly reported success.
    Ok,
    /// The span failed.
    Error {
        /// A description of the failure, for people; may be empty.
        description: Cow<'static, str>,
    },
}

impl Status {
    /// Creates an error status with a description for people.
    pub fn error(description: impl Into<Cow<'static, str>>) -> Self {
        Self::Error { description: description.into() }
    }
}
