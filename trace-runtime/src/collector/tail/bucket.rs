//! Limits what is kept per second, with bursts of up to one second's worth.

use std::time::Duration;

/// An allowance that refills at a steady rate. What exceeds it is owed, and paid off first.
#[derive(Debug)]
pub(super) struct Bucket {
    /// `None`: everything is allowed.
    per_second: Option<f64>,
    rest: f64,
    at: Duration,
}

impl Bucket {
    /// Creates a full bucket.
    pub(super) fn new(per_second: Option<f64>) -> Self {
        Self { per_second, rest: per_second.unwrap_or_default(), at: Duration::ZERO }
    }

    /// Sets the rate. What is owed stays owed.
    pub(super) fn change(&mut self, per_second: Option<f64>) {
        let was_unlimited = self.per_second.is_none();
        self.per_second = per_second;
        let rate = per_second.unwrap_or_default();
        self.rest = if was_unlimited { rate } else { self.rest.min(rate) };
    }

    /// Returns whether anything is left at `now`.
    pub(super) fn has_rest(&mut self, now: Duration) -> bool {
        let Some(rate) = self.per_second else { return true };
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.rest = (self.rest + passed * rate).min(rate);
        self.rest > 0.0
    }

    /// Takes this much off.
    pub(super) fn charge(&mut self, amount: u64) {
        if self.per_second.is_some() {
            self.rest -= amount as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_paid_off_before_anything_else_is_allowed() {
        let at = Duration::from_millis;
        let mut bucket = Bucket::new(Some(100.0));
        assert!(bucket.has_rest(at(0)));
        bucket.charge(150);
        assert!(!bucket.has_rest(at(400)));
        assert!(bucket.has_rest(at(600)));
        // A long silence allows no more than one second's worth.
        assert!(bucket.has_rest(at(60_000)));
        bucket.charge(100);
        assert!(!bucket.has_rest(at(60_000)));
        // Time does not run backwards.
        assert!(!bucket.has_rest(at(1_000)));
    }

    #[test]
    fn without_a_rate_everything_is_allowed() {
        let mut bucket = Bucket::new(None);
        bucket.charge(u64::MAX);
        assert!(bucket.has_rest(Duration::ZERO));
    }
}
