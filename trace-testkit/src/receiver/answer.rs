//! Defines how a receiver answers when it is to misbehave.

use std::time::Duration;

/// An answer of a [`Receiver`](super::Receiver) that replaces the normal one.
///
/// The same answer works for both transports: an HTTP status reaches a gRPC client as a proxy
/// would send it, a gRPC status reaches an HTTP client as the corresponding status code and a
/// `google.rpc.Status` in the body.
///
/// ```
/// use std::time::Duration;
/// use trace_testkit::receiver::{Answer, Receiver};
///
/// # fn main() -> std::io::Result<()> {
/// let receiver = Receiver::start()?;
/// // The first two requests are rejected, the third is answered late, the rest are accepted.
/// receiver.respond_with(Answer::status(503).with_retry_after(Duration::ZERO).times(2));
/// receiver.respond_with(Answer::accept().with_delay(Duration::from_millis(5)).once());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an answer does nothing until it is given to `Receiver::respond_with`"]
pub struct Answer {
    pub(super) kind: AnswerKind,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
    pub(super) delay: Duration,
    /// `None`: until [`Receiver::respond_normally`](super::Receiver::respond_normally).
    pub(super) times: Option<usize>,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerKind {
    Accept,
    Status(u16),
    Grpc(i32),
    Partial(i64),
    Close,
    Hang,
}

impl Answer {
    fn new(kind: AnswerKind) -> Self {
        Self { kind, message: String::new(), retry_after: None, delay: Duration::ZERO, times: None }
    }

    /// Accepts the request, as a receiver does by default.
    pub fn accept() -> Self {
        Self::new(AnswerKind::Accept)
    }

    /// Rejects with an HTTP status code, such as 429 or 503.
    ///
    /// # Panics
    /// If `code` is not from 100 to 999.
    #[track_caller]
    pub fn status(code: u16) -> Self {
        assert!(
            (100..1000).contains(&code),
            "{code} is not a status code of HTTP; allowed are 100 to 999"
        );
        Self::new(AnswerKind::Status(code))
    }

    /// Rejects with a gRPC status code by its number, such as 14 for `UNAVAILABLE` (a
    /// `tonic::Code` can be given as well).
    pub fn grpc(code: impl Into<i32>, message: impl Into<String>) -> Self {
        Self::new(AnswerKind::Grpc(code.into())).with_message(message)
    }

    /// Accepts the request but reports that `rejected` of its spans, data points or log records were
    /// refused, and discards that number from the end
    /// ([partial success](https://opentelemetry.io/docs/specs/otlp/#partial-success)).
    pub fn partial_success(rejected: u32, message: impl Into<String>) -> Self {
        Self::new(AnswerKind::Partial(rejected.into())).with_message(message)
    }

    /// Closes the connection without an answer.
    pub fn close() -> Self {
        Self::new(AnswerKind::Close)
    }

    /// Does not answer until the receiver is dropped or
    /// [`Receiver::respond_normally`](super::Receiver::respond_normally) is called.
    pub fn hang() -> Self {
        Self::new(AnswerKind::Hang)
    }

    /// Sets the message: in the body over HTTP, in `grpc-message` over gRPC.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Asks the client to come back later: `Retry-After` in whole seconds over HTTP, a
    /// `google.rpc.RetryInfo` over gRPC.
    pub fn with_retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Waits for `delay` before answering.
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Gives this answer to one request; the next answer follows.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Gives this answer to `n` requests; the next answer follows.
    pub fn times(mut self, n: usize) -> Self {
        self.times = Some(n);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "42 is not a status code of HTTP; allowed are 100 to 999")]
    fn a_status_that_http_does_not_have_is_refused() {
        let _ = Answer::status(42);
    }
}
