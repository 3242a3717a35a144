//! When a batch is sent again
//! ([failures](https://opentelemetry.io/docs/specs/otlp/#failures)), whatever the transport.

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::time::{Duration, Instant};

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Why one attempt failed, and whether to try again.
pub(super) struct Failure {
    pub(super) cause: String,
    pub(super) retry: bool,
    /// The receiver asked to be left alone for so long.
    pub(super) pause: Option<Duration>,
}

/// The attempts for one batch.
pub(super) struct Attempts {
    deadline: Instant,
    left: u32,
    pause: Duration,
}

impl Attempts {
    /// All of them within `timeout`; only one when the last batch could not be delivered.
    pub(super) fn new(timeout: Duration, is_down: bool) -> Self {
        let left = if is_down { 1 } else { ATTEMPTS };
        Self { deadline: Instant::now() + timeout, left, pause: FIRST_PAUSE }
    }

    /// The time that is left.
    pub(super) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// How long to wait before the next attempt; the error when there is none.
    pub(super) fn next(&mut self, failure: Failure) -> Result<Duration, String> {
        self.left = self.left.saturating_sub(1);
        let wait = jittered(self.pause).max(failure.pause.unwrap_or_default());
        if !failure.retry || self.left == 0 || wait >= self.remaining() {
            return Err(failure.cause);
        }
        self.pause = (self.pause * 2).min(MAX_PAUSE);
        Ok(wait)
    }
}

/// Between half and all of `pause`, so that many clients do not come back at once.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(pause) as f64 / u64::MAX as f64;
    pause.mul_f64(0.5 + random / 2.0)
}

/// Whether the connection failed for a reason that another attempt does not change: what came is
/// not what the protocol asks for, such as a certificate that nobody vouches for.
pub(super) fn is_final(error: &(dyn Error + 'static)) -> bool {
    sources(error)
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::InvalidData)
}

/// An error and what lies behind it, the root last.
pub(super) fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_vary() {
        for _ in 0..100 {
            let pause = jittered(Duration::from_millis(200));
            assert!((100..=200).contains(&pause.as_millis()), "{pause:?}");
        }
    }
}
