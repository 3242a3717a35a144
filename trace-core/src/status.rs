//! The statuses of spans.

use std::borrow::Cow;

/// The status of a span
/// ([Status](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Nothing was said; what an ordinary success leaves.
    #[default]
    Unset,
    /// The program said explicitly that this is a success.
    Ok,
    /// The span failed.
    Error {
        /// What went wrong, for people; may be empty.
        description: Cow<'static, str>,
    },
}

impl Status {
    /// A failure, described for people.
    pub fn error(description: impl Into<Cow<'static, str>>) -> Self {
        Self::Error { description: description.into() }
    }
}
