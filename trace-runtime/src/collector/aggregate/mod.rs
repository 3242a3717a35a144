//! Makes metrics of what was measured: counts are added up here and told to the instruments once a
//! sweep, durations and other distributions are told one by one, because the SDK's histograms take
//! no others.
//!
//! The instruments are the SDK's own, so that views, temporality and limits of cardinality are what
//! users know. They are bound to their attributes where it can be done: 17 instead of 127 ns for each
//! duration with five attributes. What a capture measures goes to the global meter provider instead, with the capture
//! current, which is how all else that is measured in a test finds its way.
//!
//! | file | what it holds |
//! |---|---|
//! | `calls.rs` | calls that are alike, and those in flight |
//! | `values.rs` | business values that are alike |
//! | `keyed.rs` | things by key |
//! | `captured.rs` | measurements of captures, passed to the global meter provider |
//!
//! # Memory
//!
//! Functions and instruments have as many series as the limit allows, and one for all others. What
//! waits for an instrument takes 1.5 KiB for each series at most.

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

/// What is measured, whatever pipelines come and go: calls that are in flight when one ends are counted
/// by the next.
static AGGREGATES: Mutex<Aggregates> = Mutex::new(Aggregates::new());

fn lock() -> MutexGuard<'static, Aggregates> {
    AGGREGATES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has forks wait until no other thread is in here; what was not told yet is the parent's.
pub(super) fn keep_over_forks() {
    fork::keep(&AGGREGATES, |aggregates| {
        let pipelines = aggregates.pipelines;
        let parents = std::mem::replace(aggregates, Aggregates { pipelines, ..Aggregates::new() });
        std::mem::forget(parents);
    });
    series::keep_over_forks();
}

/// The aggregation for one pipeline; ends when dropped, unless another has begun since.
pub(super) struct Aggregation(u64);

/// Begins to aggregate for a pipeline.
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

/// The aggregation of one sweep, which keeps the lock once it has needed it.
#[derive(Default)]
pub(super) struct Sweep(Option<MutexGuard<'static, Aggregates>>);

/// What a sweep found beside the rings, and what became of what was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aggregated {
    /// What did not go by a ring.
    pub(super) direct: u64,
    /// What nothing had room for.
    pub(super) lost: u64,
    /// Values that their instrument does not take.
    pub(super) refused: u64,
    /// What went into a series of all that is beyond the limit.
    pub(super) overflowed: u64,
    /// What waits for its instrument now.
    pub(super) waiting: u64,
}

impl Sweep {
    /// Lets a thread fork that waits for the lock.
    #[cold]
    pub(super) fn make_way(&mut self) {
        if self.0.take().is_some() {
            fork::yield_to_forks();
        }
    }

    #[inline]
    pub(super) fn take(&mut self, measurement: Measurement) {
        self.0.get_or_insert_with(lock).take(measurement);
    }

    /// Takes also what did not go by the rings, and tells the counts.
    pub(super) fn finish(mut self) -> Aggregated {
        let aggregates = self.0.get_or_insert_with(lock);
        let mut direct = 0;
        let unmerged = overload::take(|merged| {
            direct += merged.count;
            aggregates.take_merged(merged);
        });
        let waiting = aggregates.tell();
        Aggregated {
            direct,
            lost: unmerged.lost,
            refused: unmerged.refused + std::mem::take(&mut aggregates.refused),
            overflowed: std::mem::take(&mut aggregates.overflowed),
            waiting,
        }
    }
}

/// Gives up what waits for its instrument; returns how much that was.
pub(super) fn abandon() -> u64 {
    lock().abandon()
}

struct Aggregates {
    /// How many there were.
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
        self.tell();
        let next = Self { pipelines: self.pipelines + 1, outlet, ..Self::new() };
        let Self { flights, values, .. } = std::mem::replace(self, next);
        self.flights.go_on(flights);
        self.flights.tell(&mut self.outlet, true);
        self.values.go_on(&mut self.outlet, values);
        self.values.tell(&mut self.outlet, true);
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

    /// Tells what was only added up so far; returns how much still waits for its instrument.
    fn tell(&mut self) -> u64 {
        let has_news = self.outlet.has_news();
        self.flights.tell(&mut self.outlet, has_news);
        self.calls.tell(&mut self.outlet, has_news) + self.values.tell(&mut self.outlet, has_news)
    }

    fn abandon(&mut self) -> u64 {
        self.calls.abandon() + self.values.abandon()
    }
}
