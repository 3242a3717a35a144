//! The kinds of spans.

/// The kind of a span, as OpenTelemetry defines it
/// ([SpanKind](https://opentelemetry.io/docs/specs/otel/trace/api/#spankind)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanKind {
    /// Work inside the program; the default.
    #[default]
    Internal,
    /// The handling of a synchronous request from outside.
    Server,
    /// A synchronous request to another service.
    Client,
    /// The sending of a message that is handled later.
    Producer,
    /// The handling of a message that was sent earlier.
    Consumer,
}

impl SpanKind {
    /// Returns the name, such as `client`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

#[cfg(feature = "enabled")]
impl SpanKind {
    pub(crate) fn from_u8(byte: u8) -> Self {
        match byte {
            1 => Self::Server,
            2 => Self::Client,
            3 => Self::Producer,
            4 => Self::Consumer,
            _ => Self::Internal,
        }
    }
}
