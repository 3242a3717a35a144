//! Meters: the statics by which the calls of functions are counted and timed.

use crate::fork;
use crate::objective::Objective;
use crate::site::{Site, SiteInfo};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};

/// The static description of the metrics of one function's calls.
///
/// `text` holds NUL-separated fields: the metric's name (empty: the functions' common metrics), then
/// the keys of its labels.
pub struct Meter {
    /// The number by which inner calls name their caller, if nothing else applies to the calls; 0:
    /// not assigned yet, or something does.
    plain_number: AtomicU32,
    /// The number, whatever applies to the calls; 0: not assigned yet.
    number: AtomicU32,
    in_flight: bool,
    site: &'static Site,
    text: &'static str,
    objective: Option<&'static Objective>,
    buckets: &'static [f64],
}

/// Meters with higher numbers are not named in records.
pub(crate) const METER_LIMIT: u32 = 1 << 24;

/// The numbered meters, by number.
static NUMBERED: RwLock<Vec<&'static Meter>> = RwLock::new(Vec::new());

/// Holds this lock across forks.
pub(super) fn keep_over_forks() {
    fork::keep(&NUMBERED, fork::unchanged);
}

impl Meter {
    /// Creates a meter for the calls of `site`.
    pub const fn new(site: &'static Site, text: &'static str) -> Self {
        Self {
            plain_number: AtomicU32::new(0),
            number: AtomicU32::new(0),
            in_flight: false,
            site,
            text,
            objective: None,
            buckets: &[],
        }
    }

    /// Also counts the calls that have begun and not ended.
    pub const fn in_flight(mut self) -> Self {
        self.in_flight = true;
        self
    }

    /// Sets the objective of the calls.
    pub const fn objective(mut self, objective: &'static Objective) -> Self {
        self.objective = Some(objective);
        self
    }

    /// Sets the bucket boundaries of the durations, in seconds.
    pub const fn buckets(mut self, boundaries: &'static [f64]) -> Self {
        check_boundaries(boundaries);
        self.buckets = boundaries;
        self
    }

    /// Returns the meter's number if nothing keeps its calls from the fast path; otherwise 0.
    // HOT: one load for each call.
    #[inline(always)]
    pub(crate) fn number(&self) -> u32 {
        self.plain_number.load(Ordering::Relaxed)
    }

    /// Returns the meter's number; 0: none was requested yet.
    pub(crate) fn assigned_number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    /// Returns the meter's number, and assigns one if it has none.
    #[cold]
    pub(crate) fn assign_number(&'static self) -> u32 {
        if self.assigned_number() == 0 {
            let mut numbered = NUMBERED.write().unwrap_or_else(PoisonError::into_inner);
            if self.assigned_number() == 0 {
                numbered.push(self);
                let number = numbered.len() as u32;
                self.number.store(number, Ordering::Relaxed);
                if !self.in_flight && number < METER_LIMIT {
                    self.plain_number.store(number, Ordering::Relaxed);
                }
            }
        }
        self.assigned_number()
    }

    #[inline(always)]
    /// Returns whether calls in flight are counted.
    pub fn counts_in_flight(&self) -> bool {
        self.in_flight
    }

    /// Returns the parsed site of its function.
    pub fn site(&self) -> &'static SiteInfo {
        self.site.info()
    }

    /// Returns the site of its function.
    pub fn place(&self) -> &'static Site {
        self.site
    }

    /// Returns the name of its metric; `None`: the functions' common metrics.
    pub fn name(&self) -> Option<&'static str> {
        self.text.split('\0').next().filter(|name| !name.is_empty())
    }

    /// Returns the keys of its labels.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.text.split('\0').skip(1)
    }

    /// Returns the objective of the function, if it has one.
    pub fn promises(&self) -> Option<&'static Objective> {
        self.objective
    }

    /// Returns the boundaries of the durations, in seconds; empty: the common ones.
    pub fn boundaries(&self) -> &'static [f64] {
        self.buckets
    }
}

/// Returns the meter with this number.
pub fn meter_of(number: u32) -> Option<&'static Meter> {
    let numbered = NUMBERED.read().unwrap_or_else(PoisonError::into_inner);
    numbered.get((number as usize).checked_sub(1)?).copied()
}

/// Checks boundaries at compile time, where the statics of functions are created.
///
/// # Panics
/// Unless each boundary is finite and greater than the one before.
pub(super) const fn check_boundaries(boundaries: &[f64]) {
    let mut at = 0;
    while at < boundaries.len() {
        assert!(
            boundaries[at].is_finite() && (at == 0 || boundaries[at - 1] < boundaries[at]),
            "bucket boundaries must be finite and ascending"
        );
        at += 1;
    }
}
