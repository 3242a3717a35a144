//! Implements the clock of a capture.

use super::state::CaptureState;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// 2000-01-01T00:00:00Z, in nanoseconds since the Unix epoch.
const BEGINNING: u64 = 946_684_800_000_000_000;

/// The clock of a capture; returned by [`Capture::clock`](super::Capture::clock). It starts at
/// 2000-01-01T00:00:00Z and moves only when the test moves it.
///
/// ```
/// use std::time::Duration;
///
/// let t = trace_testkit::capture();
/// let before = t.clock().now();
/// t.clock().step(Duration::from_nanos(1));
/// assert_eq!(t.clock().now(), before + Duration::from_nanos(1));
/// ```
#[derive(Clone)]
pub struct Clock {
    state: Arc<CaptureState>,
}

impl Clock {
    #[track_caller]
    pub(super) fn of(state: &Arc<CaptureState>) -> Self {
        assert!(
            !state.is_live(),
            "a live capture uses the real clock; leave `.live()` out to step the time"
        );
        let unset = 0;
        let order = Ordering::AcqRel;
        let _ = state.clock().compare_exchange(unset, BEGINNING, order, Ordering::Relaxed);
        Self { state: state.clone() }
    }

    /// Moves the clock forward.
    pub fn step(&self, by: Duration) {
        self.state.clock().fetch_add(nanos(by), Ordering::AcqRel);
    }

    /// Sets the clock, forward or back; a span never ends before it started.
    ///
    /// # Panics
    /// When the time is not after the Unix epoch.
    #[track_caller]
    pub fn set(&self, time: SystemTime) {
        let since = time.duration_since(UNIX_EPOCH).map(nanos).unwrap_or_default();
        assert!(since > 0, "the clock of a capture is set to a time after 1970, not to {time:?}");
        self.state.clock().store(since, Ordering::Release);
    }

    /// Returns the current time of the clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.state.clock().load(Ordering::Acquire))
    }
}

/// Converts a duration to nanoseconds, limited so that the last bit of a tick stays free: until the
/// year 2262.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(i64::MAX as u64)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish()
    }
}
