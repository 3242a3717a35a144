//! Turns measurements into metrics. Counts are added up here and reported to the instruments once
//! per sweep. Durations and other distributions are reported one by one, because the SDK's
//! histograms accept nothing else.
//!
//! The instruments are the SDK's own, so that views, temporality and cardinality limits work as
//! users expect. They are bound to their attributes where possible: 17 instead of 127 ns for each
//! duration with five attributes. Measurements of a capture go to the global meter provider
//! instead, with the capture current, like all other measurements of a test.
//!
//! | file | contents |
//! |---|---|
//! | `calls.rs` | calls by series, and calls in flight |
//! | `values.rs` | business values by series |
//! | `keyed.rs` | entries by key |
//! | `captured.rs` | measurements of captures, passed to the global meter provider |
//!
//! # Memory
//!
//! Each function and each instrument has as many series as the limit allows, and one for overflow.
//! Measurements that wait for an instrument take at most 1.5 KiB per series.

mod calls;
mod captured;
mod keyed;
mod values;

use super::outlet::Outlet;
use super::series::{self, Flight};
use crate::recorder::fork;
use crate::recorder::measure::Measurement;
use crate::recorder::overload::{self, Merged};
use calls::{Calls, Flights};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use values::Values;

/// The aggregates, which outlive pipelines: calls in flight when one ends are counted by the next.
static AGGREGATES: Mutex<Aggregates> = Mutex::new(Aggregates::new());

fn lock() -> MutexGuard<'static, Aggregates> {
    AGGREGATES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes forks wait until no other thread holds the lock. Unreported measurements stay with the
/// parent.
pub(super) fn keep_over_forks() {
    fork::keep(&AGGREGATES, |aggregates| {
        let pipelines = aggregates.pipelines;
        let parents = std::mem::replace(aggregates, Aggregates { pipelines, ..Aggregates::new() });
        std::mem::forget(parents);
    });
    series::keep_over_forks();
}

/// A guard of a pipeline's aggregation, which ends when the guard is dropped, unless another has
/// begun since.
pub(super) struct Aggregation(u64);

/// Begins the aggregation for a pipeline.
pub(super) fn begin(outlet: Outlet) -> Aggregation {
    let mut aggregates = lock();
    aggregates.begin(outlet);
    Aggregation(aggregates.pipelines)
}

impl Drop for Aggregation {
    fn drop(&mut self) {
        // Ending a pipeline has a deadline, and the collector may hold the lock.
        let mut aggregates = match AGGREGATES.try_lock() {
            Ok(aggregates) => aggregates,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if aggregates.pipelines == self.0 {
            aggregates.begin(Outlet::NONE);
        }
    }
}

/// The aggregation of one sweep, which holds the lock from its first measurement on.
#[derive(Default)]
pub(super) struct Sweep(Option<MutexGuard<'static, Aggregates>>);

/// Counts of a sweep's measurements.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aggregated {
    /// Measurements that did not come through a ring.
    pub(super) direct: u64,
    /// Measurements for which there was no room.
    pub(super) lost: u64,
    /// Values that their instrument does not accept.
    pub(super) refused: u64,
    /// Measurements in a series that collects everything beyond the limit.
    pub(super) overflowed: u64,
    /// Measurements that still wait for their instrument.
    pub(super) waiting: u64,
}

impl Sweep {
    /// Lets a thread fork that waits to.
    #[cold]
    pub(super) fn make_way(&mut self) {
        if self.0.take().is_some() {
            fork::yield_to_forks();
        }
    }

    /// Releases the lock, until the next measurement.
    pub(super) fn release(&mut self) {
        self.0 = None;
    }

    #[inline]
    pub(super) fn take(&mut self, measurement: Measurement) {
        self.0.get_or_insert_with(lock).take(measurement);
    }

    /// Takes the measurements that did not come through rings as well, and reports the counts.
    pub(super) fn finish(mut self) -> Aggregated {
        let aggregates = self.0.get_or_insert_with(lock);
        let mut direct = 0;
        let unmerged = overload::take(|merged| {
            direct += merged.count;
            aggregates.take_merged(merged);
        });
        let waiting = aggregates.report();
        Aggregated {
            direct,
            lost: unmerged.lost,
            refused: unmerged.refused + std::mem::take(&mut aggregates.refused),
            overflowed: std::mem::take(&mut aggregates.overflowed),
            waiting,
        }
    }
}

/// Discards the measurements that wait for their instruments; returns their number.
pub(super) fn abandon() -> u64 {
    lock().abandon()
}

struct Aggregates {
    /// The number of pipelines so far.
    pipelines: u64,
    outlet: Outlet,
    calls: Calls,
    flights: Flights,
    values: Values,
    refused: u64,
    overflowed: u64,
}

impl Aggregates {
    const fn new() -> Self {
        Self {
            pipelines: 0,
            outlet: Outlet::NONE,
            calls: Calls::new(),
            flights: Flights::new(),
            values: Values::new(),
            refused: 0,
            overflowed: 0,
        }
    }

    fn begin(&mut self, outlet: Outlet) {
        self.report();
        let next = Self { pipelines: self.pipelines + 1, outlet, ..Self::new() };
        let Self { flights, values, .. } = std::mem::replace(self, next);
        self.flights.go_on(flights);
        self.flights.report(&mut self.outlet, true);
        self.values.go_on(&mut self.outlet, values);
        self.values.report(&mut self.outlet, true);
    }

    fn take(&mut self, measurement: Measurement) {
        let Self { outlet, calls, flights, values, .. } = self;
        self.overflowed += u64::from(match measurement {
            Measurement::Call(call) => calls.take(outlet, flights, &call),
            Measurement::Begun { meter, capture, baggage } => {
                flights.add(outlet, Flight { meter, capture, baggage }, 1)
            }
            Measurement::Value(value) if !value.instrument.kind().takes(value.amount) => {
                self.refused += 1;
                false
            }
            Measurement::Value(value) => values.take(outlet, &value),
        });
    }

    fn take_merged(&mut self, merged: Merged) {
        let Self { outlet, calls, flights, values, .. } = self;
        let count = merged.count;
        let overflows = match merged.like {
            Measurement::Call(call) => calls.take_merged(outlet, flights, &call, merged),
            Measurement::Begun { meter, capture, baggage } => {
                flights.add(outlet, Flight { meter, capture, baggage }, count.cast_signed())
            }
            Measurement::Value(value) => values.take_merged(outlet, &value, merged),
        };
        self.overflowed += if overflows { count } else { 0 };
    }

    /// Reports the sums so far; returns the number of measurements that still wait.
    fn report(&mut self) -> u64 {
        let has_news = self.outlet.has_news();
        self.flights.report(&mut self.outlet, has_news);
        self.calls.report(&mut self.outlet, has_news)
            + self.values.report(&mut self.outlet, has_news)
    }

    fn abandon(&mut self) -> u64 {
        self.calls.abandon() + self.values.abandon()
    }
}
