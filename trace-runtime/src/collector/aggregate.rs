//! Makes metrics of what was measured: counts are added up here and told to the instruments once a
//! sweep, durations and other distributions are told one by one, because the SDK's histograms take
//! no others.
//!
//! The instruments are the SDK's own, so that views, temporality and limits of cardinality are what
//! users know. They are bound to their attributes where it can be done: 17 instead of 127 ns for each
//! duration with five attributes. What a capture measures goes to the global meter provider instead, with the capture
//! current, which is how all else that is measured in a test finds its way.

use super::open::{NumberHasher, NumberMap, no_numbers};
use super::series::{Outlet, Tell, call_series, in_flight_series, value_series};
use crate::amount::Amount;
use crate::clock::clock;
use crate::context::Current;
use crate::instruments::{InstrumentKind, Meter, meter_of};
use crate::recorder::measure::{DIRECT, MeasuredValue, Measurement, MeteredCall, Ticks};
use crate::recorder::{suppressed, task};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is measured, whatever pipelines come and go: whoever is short of room in a ring brings it
/// here.
static AGGREGATES: Mutex<Aggregates> = Mutex::new(Aggregates::new());

fn lock() -> MutexGuard<'static, Aggregates> {
    AGGREGATES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The aggregation for one pipeline; ends when dropped, unless another has begun since.
pub(super) struct Aggregation(u64);

/// Begins to aggregate for a pipeline.
pub(super) fn begin(outlet: Outlet) -> Aggregation {
    DIRECT.set_relief(Some(relieve));
    let mut aggregates = lock();
    aggregates.begin(outlet);
    Aggregation(aggregates.pipelines)
}

impl Drop for Aggregation {
    fn drop(&mut self) {
        let mut aggregates = lock();
        if aggregates.pipelines == self.0 {
            aggregates.begin(Outlet::NONE);
        }
    }
}

/// The aggregation of one sweep, which keeps the lock once it has needed it.
#[derive(Default)]
pub(super) struct Sweep(Option<MutexGuard<'static, Aggregates>>);

/// What a sweep found beside the rings.
pub(super) struct Aggregated {
    /// What did not go by a ring.
    pub(super) direct: u64,
    /// Values that their instrument does not take.
    pub(super) refused: u64,
}

impl Sweep {
    #[inline]
    pub(super) fn take(&mut self, measurement: Measurement) {
        self.0.get_or_insert_with(lock).take(measurement);
    }

    /// Takes also what did not go by the rings, and tells the counts.
    pub(super) fn finish(mut self) -> Aggregated {
        let direct = DIRECT.take(usize::MAX);
        direct.iter().for_each(|measurement| self.take(*measurement));
        let refused = self.0.as_mut().map_or(0, |aggregates| {
            aggregates.tell();
            std::mem::take(&mut aggregates.refused)
        });
        Aggregated { direct: direct.len() as u64, refused }
    }
}

/// Takes some of what did not go by the rings, on a thread that is adding to it.
fn relieve() {
    /// More than one, so that the list becomes shorter.
    const SOME: usize = 8;
    suppressed(|| {
        if let Ok(mut aggregates) = AGGREGATES.try_lock() {
            DIRECT.take(SOME).into_iter().for_each(|measurement| aggregates.take(measurement));
        }
    });
}

/// Which measurements are alike: what was measured, who called, the labels, and how it ended.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([u64; 4]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|&word| state.write_u64(word));
    }
}

impl Key {
    fn of_call(call: &MeteredCall) -> Self {
        let MeteredCall { meter, caller, labels, outcome, error, capture, .. } = *call;
        Self([
            u64::from(meter) << 32 | u64::from(caller),
            labels.low,
            u64::from(capture) << 32 | u64::from(labels.high),
            u64::from(error.0) << 8 | outcome as u64,
        ])
    }

    fn of_value(value: &MeasuredValue) -> Self {
        let MeasuredValue { instrument, labels, capture, .. } = *value;
        let address = std::ptr::from_ref(instrument) as u64;
        Self([address, labels.low, labels.high.into(), capture.into()])
    }
}

/// Things by key. What was found last is likely to be looked for next.
struct Keyed<T> {
    places: HashMap<Key, u32, BuildHasherDefault<NumberHasher>>,
    last: (Key, u32),
    things: Vec<T>,
}

impl<T> Keyed<T> {
    const fn new() -> Self {
        let places = HashMap::with_hasher(BuildHasherDefault::new());
        Self { places, last: (Key([0; 4]), 0), things: Vec::new() }
    }

    #[inline]
    fn place(&mut self, key: Key, make: impl FnOnce() -> T) -> u32 {
        if self.last.0 != key {
            let things = &mut self.things;
            let place = *self.places.entry(key).or_insert_with(|| {
                things.push(make());
                things.len() as u32 - 1
            });
            self.last = (key, place);
        }
        self.last.1
    }
}

/// Calls that are alike.
struct Calls {
    capture: u32,
    counts_in_flight: bool,
    /// Not told yet.
    count: u64,
    /// Where calls are counted apart from their durations.
    counter: Option<Tell<u64>>,
    duration: Tell<f64>,
}

/// Values of an instrument that have the same labels.
struct Values {
    capture: u32,
    /// The sum, or the last one, that was not told yet.
    pending: Amount,
    /// When the last one was.
    tick: u64,
    tell: Tell<Amount>,
}

struct Aggregates {
    /// How many there were.
    pipelines: u64,
    outlet: Outlet,
    calls: Keyed<Calls>,
    /// Those with a count that was not told.
    counted: Vec<u32>,
    values: Keyed<Values>,
    /// Those with a value that was not told.
    pending: Vec<u32>,
    in_flight: NumberMap<InFlight>,
    refused: u64,
}

/// The calls of a meter that have begun and not ended, in one capture or in none.
struct InFlight {
    meter: u32,
    capture: u32,
    count: i64,
    tell: Option<Tell<i64>>,
}

impl Aggregates {
    const fn new() -> Self {
        Self {
            pipelines: 0,
            outlet: Outlet::NONE,
            calls: Keyed::new(),
            counted: Vec::new(),
            values: Keyed::new(),
            pending: Vec::new(),
            in_flight: no_numbers(),
            refused: 0,
        }
    }

    fn begin(&mut self, outlet: Outlet) {
        self.tell();
        let mut in_flight = std::mem::take(&mut self.in_flight);
        in_flight.retain(|_, calls| calls.count != 0);
        *self = Self { pipelines: self.pipelines + 1, outlet, in_flight, ..Self::new() };
        for calls in self.in_flight.values_mut() {
            calls.tell = None;
            let count = std::mem::take(&mut calls.count);
            calls.add(&self.outlet, count);
        }
    }

    fn take(&mut self, measurement: Measurement) {
        match measurement {
            Measurement::Call(call) => self.call(&call),
            Measurement::Begun { meter, capture } => self.in_flight(meter, capture, 1),
            Measurement::Value(value) => self.value(&value),
        }
    }

    fn call(&mut self, call: &MeteredCall) {
        let place = self.calls.place(Key::of_call(call), || {
            let (counter, duration) = call_series(&self.outlet, call);
            let counts_in_flight = meter_of(call.meter).is_some_and(Meter::counts_in_flight);
            Calls { capture: call.capture, counts_in_flight, count: 0, counter, duration }
        });
        let calls = &mut self.calls.things[place as usize];
        calls.count += 1;
        if calls.count == 1 {
            self.counted.push(place);
        }
        in_capture(call.capture, || (calls.duration)(seconds(call.duration)));
        if calls.counts_in_flight {
            self.in_flight(call.meter, call.capture, -1);
        }
    }

    fn in_flight(&mut self, meter: u32, capture: u32, change: i64) {
        let key = u64::from(capture) << 32 | u64::from(meter);
        let calls = self.in_flight.entry(key);
        let calls = calls.or_insert(InFlight { meter, capture, count: 0, tell: None });
        calls.add(&self.outlet, change);
    }

    fn value(&mut self, value: &MeasuredValue) {
        let kind = value.instrument.kind();
        if !is_taken_by(kind, value.amount) {
            self.refused += 1;
            return;
        }
        let place = self.values.place(Key::of_value(value), || {
            let tell = value_series(&self.outlet, value);
            Values { capture: value.capture, pending: Amount::Absent, tick: 0, tell }
        });
        let values = &mut self.values.things[place as usize];
        let next = match (kind, values.pending) {
            (InstrumentKind::Histogram, _) => {
                return in_capture(value.capture, || (values.tell)(value.amount));
            }
            // Rings are read one after the other: an older value may come later.
            (InstrumentKind::Gauge, _) if value.tick < values.tick => return,
            (InstrumentKind::Gauge, _) => value.amount,
            (_, pending) => sum(pending, value.amount),
        };
        if values.pending == Amount::Absent {
            self.pending.push(place);
        }
        values.pending = next;
        values.tick = value.tick;
    }

    /// Tells what was only added up so far.
    fn tell(&mut self) {
        for place in self.counted.drain(..) {
            let calls = &mut self.calls.things[place as usize];
            let count = std::mem::take(&mut calls.count);
            if let Some(counter) = &calls.counter {
                in_capture(calls.capture, || counter(count));
            }
        }
        for place in self.pending.drain(..) {
            let values = &mut self.values.things[place as usize];
            let pending = std::mem::replace(&mut values.pending, Amount::Absent);
            in_capture(values.capture, || (values.tell)(pending));
        }
    }
}

impl InFlight {
    fn add(&mut self, outlet: &Outlet, change: i64) {
        self.count += change;
        let (meter, capture) = (self.meter, self.capture);
        let tell = self.tell.get_or_insert_with(|| in_flight_series(outlet, meter, capture));
        in_capture(capture, || tell(change));
    }
}

/// Whether an instrument takes such a value.
fn is_taken_by(kind: InstrumentKind, amount: Amount) -> bool {
    match (kind, amount) {
        (_, Amount::F64(value)) if !value.is_finite() => false,
        (InstrumentKind::Counter, Amount::I64(value)) => value >= 0,
        (InstrumentKind::Counter, Amount::F64(value)) => value >= 0.0,
        _ => true,
    }
}

fn sum(one: Amount, other: Amount) -> Amount {
    match (one, other) {
        (Amount::Absent, amount) | (amount, Amount::Absent) => amount,
        (Amount::U64(one), Amount::U64(other)) => Amount::U64(one.saturating_add(other)),
        (Amount::I64(one), Amount::I64(other)) => Amount::I64(one.saturating_add(other)),
        (one, other) => Amount::F64(one.to_f64() + other.to_f64()),
    }
}

fn seconds(ticks: Ticks) -> f64 {
    let nanos = match ticks {
        Ticks::Real(ticks) => clock().delta_as_nanos(0, ticks),
        Ticks::Virtual(nanos) => nanos,
    };
    nanos as f64 / 1e9
}

/// Tells something as the capture would that measured it.
#[inline]
fn in_capture(capture: u32, tell: impl FnOnce()) {
    if capture == 0 {
        return tell();
    }
    let _here = task::attach_current(Current { capture, ..Current::NONE });
    tell();
}
