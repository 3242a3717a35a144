//! Decides when a request is retried
//! ([failures](https://opentelemetry.io/docs/specs/otlp/#failures)), whatever the transport.

use super::answer::{Answer, Undelivered};
use super::deadline::Deadline;
use crate::export::hurry::{EndedBy, pause};
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::time::{Duration, Instant};

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause that a receiver may request; a longer one is cut.
const MAX_SILENCE: Duration = Duration::from_secs(300);

/// The reason why one attempt failed, and whether to retry.
#[derive(Debug)]
pub(super) struct AttemptFailure {
    pub(super) cause: String,
    pub(super) retry: bool,
    /// The receiver could not be reached at all: during shutdown, this is final.
    pub(super) unreachable: bool,
    /// The pause that the receiver requested.
    pub(super) silence: Option<Duration>,
}

impl AttemptFailure {
    /// Returns a failure that a retry does not change.
    pub(super) fn permanent(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), retry: false, unreachable: false, silence: None }
    }

    /// Returns a failure that a retry may change.
    pub(super) fn passing(cause: impl Into<String>) -> Self {
        Self { retry: true, ..Self::permanent(cause) }
    }

    /// Returns the failure to reach the receiver.
    #[cfg(any(test, feature = "otlp-http"))]
    pub(super) fn unreachable(cause: impl Into<String>) -> Self {
        Self { unreachable: true, ..Self::passing(cause) }
    }
}

/// The state of one receiver between requests.
#[derive(Debug)]
pub(super) struct Retries {
    timeout: Duration,
    /// The last request could not be delivered: the next is tried only once.
    is_down: bool,
    /// The receiver requested a pause until then, for this reason.
    silence: Option<(Instant, String)>,
}

impl Retries {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, is_down: false, silence: None }
    }

    /// Returns the deadline of a batch that begins now.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.timeout)
    }

    /// Returns the cause of a request without an answer in time.
    pub(super) fn no_answer(&self) -> AttemptFailure {
        AttemptFailure::passing(format!("no answer within {:?}", self.timeout))
    }

    /// Makes attempts while they may help: within the deadline, and only one if the last request
    /// could not be delivered.
    ///
    /// A pause that a receiver requests is observed. If a flush or the shutdown of the pipeline comes
    /// first, or the deadline, the request is returned, to be sent later.
    pub(super) fn run(
        &mut self,
        deadline: Deadline,
        mut attempt: impl FnMut(&Self, Deadline) -> Result<Answer, AttemptFailure>,
    ) -> Result<Answer, Undelivered> {
        if let Some((until, cause)) = &self.silence
            && *until > Instant::now()
        {
            return Err(Undelivered { cause: cause.clone(), later: Some(*until) });
        }
        let mut left = if self.is_down { 1 } else { ATTEMPTS };
        let mut wait = FIRST_PAUSE;
        loop {
            let failure = match attempt(self, deadline) {
                Ok(answer) => {
                    (self.is_down, self.silence) = (false, None);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            left -= 1;
            let AttemptFailure { cause, retry, unreachable, silence } = failure;
            let mut later = None;
            let is_over = match silence.filter(|silence| retry && !silence.is_zero()) {
                Some(silence) => {
                    let silence = silence.min(MAX_SILENCE);
                    let until = Instant::now() + silence;
                    self.silence = Some((until, cause.clone()));
                    later = Some(until);
                    left == 0
                        || !deadline.allows(silence)
                        || !pause(silence, EndedBy::FlushOrShutdown)
                }
                None => {
                    let jittered = jittered(wait);
                    wait = (wait * 2).min(MAX_PAUSE);
                    let ended_by = if unreachable { EndedBy::Shutdown } else { EndedBy::Nothing };
                    !retry || left == 0 || !deadline.allows(jittered) || !pause(jittered, ended_by)
                }
            };
            if is_over {
                // A returned batch is no failure yet: it gets its attempts when it is sent again.
                self.is_down = later.is_none();
                return Err(Undelivered { cause, later });
            }
        }
    }
}

/// Returns between half and all of `pause`, so that many clients do not return at once.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(pause) as f64 / u64::MAX as f64;
    pause.mul_f64(0.5 + random / 2.0)
}

/// Returns whether the connection failed for a reason that a retry does not change: the response
/// violates the protocol, for example by an untrusted certificate.
pub(super) fn is_final(error: &(dyn Error + 'static)) -> bool {
    io_errors(error).any(|error| error.kind() == io::ErrorKind::InvalidData)
}

/// Returns whether the receiver was never reached.
pub(super) fn is_unreachable(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
    };
    io_errors(error).any(|error| {
        matches!(
            error.kind(),
            AddrNotAvailable
                | ConnectionRefused
                | HostUnreachable
                | NetworkDown
                | NetworkUnreachable
        )
    })
}

fn io_errors<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a io::Error> {
    sources(error).filter_map(|error| error.downcast_ref::<io::Error>())
}

/// Returns an error and its sources, the root last.
pub(super) fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::hurry::Hurry;
    use std::sync::Arc;

    #[test]
    fn pauses_vary() {
        for _ in 0..100 {
            let pause = jittered(Duration::from_millis(200));
            assert!((100..=200).contains(&pause.as_millis()), "{pause:?}");
        }
    }

    /// Runs on a separate thread, so that its pauses are separate.
    fn on_a_thread(test: impl FnOnce(Arc<Hurry>) + Send + 'static) {
        let thread = std::thread::spawn(move || {
            let hurry = Arc::new(Hurry::default());
            hurry.attach();
            test(hurry);
        });
        thread.join().unwrap();
    }

    #[test]
    fn at_the_end_a_receiver_that_cannot_be_reached_is_tried_once() {
        on_a_thread(|hurry| {
            hurry.set_end();
            let mut retries = Retries::new(Duration::MAX);
            let mut attempts = 0;
            let deadline = retries.deadline();
            let refused = retries.run(deadline, |_, _| {
                attempts += 1;
                Err(AttemptFailure::unreachable("refused"))
            });
            assert_eq!((refused.unwrap_err().cause.as_str(), attempts), ("refused", 1));
        });
    }

    #[test]
    fn silence_is_kept_and_nothing_is_sent_before_it_is_over() {
        on_a_thread(|_| {
            let mut retries = Retries::new(Duration::from_secs(10));
            let day = Some(Duration::from_secs(86_400));
            let mut attempts = 0;
            for _ in 0..3 {
                let deadline = retries.deadline();
                let given_back = retries.run(deadline, |_, _| {
                    attempts += 1;
                    Err(AttemptFailure { silence: day, ..AttemptFailure::passing("busy") })
                });
                let later = given_back.unwrap_err().later.unwrap();
                let left = later.saturating_duration_since(Instant::now());
                assert!((298..=300).contains(&left.as_secs()), "{left:?}");
            }
            assert_eq!(attempts, 1);
        });
    }

    #[test]
    fn a_flush_does_not_wait_for_silence() {
        on_a_thread(|hurry| {
            hurry.set_flush(true);
            let mut retries = Retries::new(Duration::MAX);
            let begin = Instant::now();
            let silence = Some(Duration::from_secs(60));
            let deadline = retries.deadline();
            let given_back = retries.run(deadline, |_, _| {
                Err(AttemptFailure { silence, ..AttemptFailure::passing("busy") })
            });
            assert!(given_back.unwrap_err().later.is_some());
            assert!(begin.elapsed() < Duration::from_secs(10));
        });
    }
}
