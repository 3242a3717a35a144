//! Objectives: what a function promises, by which its metrics are judged.

use std::time::Duration;

/// A promise about a group of functions: how many of their calls succeed, and how fast they are.
///
/// It becomes labels of their metrics (`objective.name` and others), by which alert rules find
/// them; thresholds of latency become boundaries of histograms, so that counts by them are exact.
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

/// So many percent of the calls take no longer than the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// What they may take.
    pub threshold: Duration,
    /// How many of them, in percent.
    pub percentile: f64,
}

impl Objective {
    /// An objective without promises yet. Functions of the same objective are judged together.
    pub const fn new(name: &'static str) -> Self {
        assert!(!name.is_empty(), "an objective needs a name");
        Self { name, success_rate: None, latency: None }
    }

    /// So many percent of the calls succeed.
    ///
    /// # Panics
    /// Unless `percent` is more than 0 and less than 100; in a constant, the compiler says so.
    pub const fn success_rate(mut self, percent: f64) -> Self {
        assert!(is_percentage(percent), "a success rate is more than 0 and less than 100 percent");
        self.success_rate = Some(percent);
        self
    }

    /// So many percent of the calls take no longer than `threshold`.
    ///
    /// # Panics
    /// Unless `percentile` is more than 0 and less than 100, and the threshold more than zero; in a
    /// constant, the compiler says so.
    pub const fn latency(mut self, threshold: Duration, percentile: f64) -> Self {
        assert!(is_percentage(percentile), "a percentile is more than 0 and less than 100");
        assert!(!threshold.is_zero(), "a threshold of latency is more than zero");
        self.latency = Some(Latency { threshold, percentile });
        self
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How many percent of the calls are to succeed.
    pub const fn promised_success_rate(&self) -> Option<f64> {
        self.success_rate
    }

    /// How fast they are to be.
    pub const fn promised_latency(&self) -> Option<Latency> {
        self.latency
    }
}

const fn is_percentage(percent: f64) -> bool {
    percent > 0.0 && percent < 100.0
}
