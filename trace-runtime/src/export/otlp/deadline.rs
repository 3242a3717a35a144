//! Defines a deadline, which may be none.

use std::time::{Duration, Instant};

/// The end of the time for one batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// Returns the deadline after `timeout`; none if it overflows the clock, as after `Duration::MAX`.
    pub(super) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// Returns the earlier one of this and that instant, if there is one.
    #[cfg(any(test, feature = "otlp-http"))]
    pub(super) fn or(self, at: Option<Instant>) -> Self {
        Self(self.0.into_iter().chain(at).min())
    }

    /// Returns the time that is left; `None` without a deadline.
    pub(super) fn left(self) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Returns the time that is left, but at most `most`.
    #[cfg(any(test, feature = "otlp-http"))]
    pub(super) fn left_up_to(self, most: Duration) -> Duration {
        self.left().map_or(most, |left| left.min(most))
    }

    pub(super) fn is_over(self) -> bool {
        self.left() == Some(Duration::ZERO)
    }

    /// Returns whether a wait of `time` ends before it.
    pub(super) fn allows(self, time: Duration) -> bool {
        self.left().is_none_or(|left| time < left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_time_is_no_time_limit() {
        let endless = Deadline::after(Duration::MAX);
        assert!(endless.left().is_none() && !endless.is_over() && endless.allows(Duration::MAX));
        assert_eq!(endless.left_up_to(Duration::from_secs(1)), Duration::from_secs(1));
        let over = Deadline::after(Duration::ZERO);
        assert!(over.is_over() && !over.allows(Duration::ZERO));
        assert!(endless.or(Some(Instant::now())).is_over() && !endless.or(None).is_over());
    }
}
