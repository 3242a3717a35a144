//! Objectives: success rates and latencies that functions promise, and against which their metrics
//! are judged.

use std::time::Duration;

/// A service-level objective for a group of functions: the share of their calls that succeed, and
/// their latency.
///
/// It becomes labels of their metrics (`objective.name` and others), by which alert rules find
/// them; latency thresholds become bucket boundaries of histograms, so that counts against them are
/// exact.
///
/// ```
/// use std::time::Duration;
/// use trace_runtime::Objective;
///
/// const API: Objective =
///     Objective::new("api").success_rate(99.9).latency(Duration::from_millis(250), 99.0);
/// assert_eq!(API.name(), "api");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    name: &'static str,
    success_rate: Option<f64>,
    latency: Option<Latency>,
}

/// A latency target: the share of calls that finish within the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Latency {
    /// The threshold.
    pub threshold: Duration,
    /// The share of calls within it, in percent.
    pub percentile: f64,
}

impl Objective {
    /// Creates an objective without targets. Functions of the same objective are judged together.
    pub const fn new(name: &'static str) -> Self {
        assert!(!name.is_empty(), "an objective needs a name");
        Self { name, success_rate: None, latency: None }
    }

    /// Sets the target success rate, in percent.
    ///
    /// # Panics
    /// Unless `percent` is more than 0 and less than 100; in a constant, that is a compile error.
    #[must_use]
    pub const fn success_rate(mut self, percent: f64) -> Self {
        assert!(is_percentage(percent), "a success rate is more than 0 and less than 100 percent");
        self.success_rate = Some(percent);
        self
    }

    /// Sets the target latency: `percentile` percent of the calls take no longer than `threshold`.
    ///
    /// # Panics
    /// Unless `percentile` is more than 0 and less than 100, and the threshold more than zero; in a
    /// constant, that is a compile error.
    #[must_use]
    pub const fn latency(mut self, threshold: Duration, percentile: f64) -> Self {
        assert!(is_percentage(percentile), "a percentile is more than 0 and less than 100");
        assert!(!threshold.is_zero(), "a threshold of latency is more than zero");
        self.latency = Some(Latency { threshold, percentile });
        self
    }

    /// Returns the name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the target success rate, in percent.
    pub const fn promised_success_rate(&self) -> Option<f64> {
        self.success_rate
    }

    /// Returns the target latency.
    pub const fn promised_latency(&self) -> Option<Latency> {
        self.latency
    }
}

const fn is_percentage(percent: f64) -> bool {
    percent > 0.0 && percent < 100.0
}
