//! A meter: the static by which the calls of a function are counted and timed.

use crate::objective::Objective;
use crate::recorder::{fork, record};
use crate::site::{Site, SiteInfo};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};

/// The static description of the metrics of one function's calls.
///
/// `text` holds NUL-separated fields: the metric's name (empty: the functions' common metrics), then
/// the keys of its labels.
pub struct Meter {
    /// By which calls within name their caller, where nothing else applies to calls; 0: not yet, or
    /// something does.
    plain_number: AtomicU32,
    /// The same; 0: none yet.
    number: AtomicU32,
    in_flight: bool,
    site: &'static Site,
    text: &'static str,
    objective: Option<&'static Objective>,
    buckets: &'static [f64],
}

/// The meters that have a number, by it.
static NUMBERED: RwLock<Vec<&'static Meter>> = RwLock::new(Vec::new());

/// Has forks wait until no other thread is in here.
pub(super) fn keep_over_forks() {
    fork::keep(&NUMBERED, fork::unchanged);
}

impl Meter {
    /// A meter of the calls of `site`.
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

    /// Counts also the calls that have begun and not ended.
    pub const fn in_flight(mut self) -> Self {
        self.in_flight = true;
        self
    }

    /// Says what the calls promise.
    pub const fn objective(mut self, objective: &'static Objective) -> Self {
        self.objective = Some(objective);
        self
    }

    /// Sets the boundaries of the durations, in seconds.
    pub const fn buckets(mut self, boundaries: &'static [f64]) -> Self {
        check_boundaries(boundaries);
        self.buckets = boundaries;
        self
    }

    /// The meter's number if nothing keeps its calls from the short way; or else 0.
    // HOT: one load for each call.
    #[inline(always)]
    pub(crate) fn number(&self) -> u32 {
        self.plain_number.load(Ordering::Relaxed)
    }

    /// The meter's number; 0: it was never asked for one.
    pub(crate) fn given_number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    /// The meter's number, which it gets now if it has none.
    #[cold]
    pub(crate) fn give_number(&'static self) -> u32 {
        if self.given_number() == 0 {
            let mut numbered = NUMBERED.write().unwrap_or_else(PoisonError::into_inner);
            if self.given_number() == 0 {
                numbered.push(self);
                let number = numbered.len() as u32;
                self.number.store(number, Ordering::Relaxed);
                if !self.in_flight && number < record::METER_LIMIT {
                    self.plain_number.store(number, Ordering::Relaxed);
                }
            }
        }
        self.given_number()
    }

    #[inline(always)]
    /// Whether calls that are in flight are counted.
    pub fn counts_in_flight(&self) -> bool {
        self.in_flight
    }

    /// What the site of its function says.
    pub fn site(&self) -> &'static SiteInfo {
        self.site.info()
    }

    /// The site of its function.
    pub fn place(&self) -> &'static Site {
        self.site
    }

    /// The name of its metric; `None`: the functions' common metrics.
    pub fn name(&self) -> Option<&'static str> {
        self.text.split('\0').next().filter(|name| !name.is_empty())
    }

    /// The keys of its labels.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.text.split('\0').skip(1)
    }

    /// The objective of the function, if it has one.
    pub fn promises(&self) -> Option<&'static Objective> {
        self.objective
    }

    /// The boundaries of the durations, in seconds; empty: the common ones.
    pub fn boundaries(&self) -> &'static [f64] {
        self.buckets
    }
}

/// The meter of this number.
pub fn meter_of(number: u32) -> Option<&'static Meter> {
    let numbered = NUMBERED.read().unwrap_or_else(PoisonError::into_inner);
    numbered.get((number as usize).checked_sub(1)?).copied()
}

/// # Panics
/// Unless each boundary is finite and more than the one before; at compile time, as the statics of
/// functions are made there.
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
