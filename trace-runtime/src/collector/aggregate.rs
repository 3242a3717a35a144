//! Makes metrics of what was measured: counts are added up here and told to the instruments once a
//! sweep, durations and other distributions are told one by one, because the SDK's histograms take
//! no others.
//!
//! The instruments are the SDK's own, so that views, temporality and limits of cardinality are what
//! users know. They are bound to their attributes where it can be done: 17 instead of 127 ns for each
//! duration with five attributes. What a capture measures goes to the global meter provider instead, with the capture
//! current, which is how all else that is measured in a test finds its way.

use super::open::{NumberHasher, NumberMap, no_numbers};
use super::series::{Outlet, Tell, ValueSeries, call_series, in_flight_series, value_series};
use crate::amount::Amount;
use crate::clock::clock;
use crate::context::Current;
use crate::instruments::{BaggageLabels, InstrumentKind, Meter, meter_of};
use crate::recorder::attached::attach_current;
use crate::recorder::fork;
use crate::recorder::measure::{DIRECT, MeasuredValue, Measurement, MeteredCall, Ticks};
use crate::recorder::suppressed;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// What is measured, whatever pipelines come and go: whoever is short of room in a ring brings it
/// here.
static AGGREGATES: Mutex<Aggregates> = Mutex::new(Aggregates::new());

fn lock() -> MutexGuard<'static, Aggregates> {
    AGGREGATES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock() -> Option<MutexGuard<'static, Aggregates>> {
    match AGGREGATES.try_lock() {
        Ok(aggregates) => Some(aggregates),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Has forks wait until no other thread is in here; what was not told yet is the parent's.
pub(super) fn keep_over_forks() {
    fork::keep(&AGGREGATES, |aggregates| {
        let pipelines = aggregates.pipelines;
        let parents = std::mem::replace(aggregates, Aggregates { pipelines, ..Aggregates::new() });
        std::mem::forget(parents);
    });
    super::series::keep_over_forks();
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
        // Whoever ends a pipeline waits no longer than they said. The lock may be the collector's,
        // which waits for the SDK, which waits for a callback that hangs.
        if let Some(mut aggregates) = try_lock()
            && aggregates.pipelines == self.0
        {
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
    /// Lets a thread fork that waits for the lock.
    #[cold]
    pub(super) fn make_way(&mut self) {
        if self.0.take().is_some() {
            fork::make_way();
        }
    }

    #[inline]
    pub(super) fn take(&mut self, measurement: Measurement) {
        self.0.get_or_insert_with(lock).take(measurement);
    }

    /// Takes also what did not go by the rings, and tells the counts: those too that others have
    /// brought since the last sweep.
    pub(super) fn finish(mut self) -> Aggregated {
        let mut direct = DIRECT.take(usize::MAX);
        let aggregates = self.0.get_or_insert_with(lock);
        direct.append(&mut aggregates.deferred);
        direct.iter().for_each(|measurement| aggregates.take(*measurement));
        aggregates.tell();
        Aggregated { direct: direct.len() as u64, refused: std::mem::take(&mut aggregates.refused) }
    }
}

/// Takes some of what did not go by the rings, on a thread that is adding to it.
///
/// That thread may be in a callback or a view, under the SDK's lock, so no instrument is made here:
/// what needs a new one waits for the collector.
fn relieve() {
    /// More than one, so that the list becomes shorter.
    const SOME: usize = 8;
    suppressed(|| {
        if let Some(mut aggregates) = try_lock() {
            for measurement in DIRECT.take(SOME) {
                if aggregates.knows(&measurement) {
                    aggregates.take(measurement);
                } else {
                    aggregates.deferred.push(measurement);
                }
            }
        }
    });
}

/// Which measurements are alike: what was measured, who called, the labels, its own and those of its
/// baggage, and how it ended.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([u64; 4]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|&word| state.write_u64(word));
    }
}

impl Key {
    fn of_call(call: &MeteredCall) -> Self {
        let MeteredCall { meter, caller, labels, outcome, error, capture, baggage, .. } = *call;
        Self([
            u64::from(meter) << 32 | u64::from(caller),
            labels.low,
            u64::from(capture) << 32 | u64::from(labels.high),
            u64::from(baggage.0) << 32 | u64::from(error.0) << 8 | outcome as u64,
        ])
    }

    fn of_value(value: &MeasuredValue) -> Self {
        let MeasuredValue { instrument, labels, capture, baggage, .. } = *value;
        let address = std::ptr::from_ref(instrument) as u64;
        let origin = u64::from(baggage.0) << 32 | u64::from(capture);
        Self([address, labels.low, labels.high.into(), origin])
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
    fn place(&mut self, key: Key, make: impl FnOnce(&mut Vec<T>) -> u32) -> u32 {
        if self.last.0 != key {
            let things = &mut self.things;
            let place = *self.places.entry(key).or_insert_with(|| make(things));
            self.last = (key, place);
        }
        self.last.1
    }

    fn knows(&self, key: Key) -> bool {
        self.last.0 == key || self.places.contains_key(&key)
    }
}

/// Puts it behind the others; says where that is.
fn push<T>(things: &mut Vec<T>, thing: T) -> u32 {
    things.push(thing);
    things.len() as u32 - 1
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

/// Values that have the same labels, of all instruments of a name.
struct Values {
    capture: u32,
    /// The sum, or the last one, that was not told yet.
    pending: Amount,
    /// When the last one was.
    tick: u64,
    tell: Tell<Amount>,
    /// They are added up, and told to an instrument that takes whole numbers only.
    sums_wholes: bool,
    /// What of a sum was not whole when it was told.
    rest: Amount,
}

struct Aggregates {
    /// How many there were.
    pipelines: u64,
    outlet: Outlet,
    calls: Keyed<Calls>,
    /// Those with a count that was not told.
    counted: Vec<u32>,
    values: Keyed<Values>,
    /// Where the values of a series are: functions may share one, and what comes last of them all is
    /// the last one.
    series: BTreeMap<ValueSeries, u32>,
    /// Those with a value that was not told.
    pending: Vec<u32>,
    in_flight: NumberMap<InFlight>,
    refused: u64,
    /// What was brought by somebody who must not make instruments.
    deferred: Vec<Measurement>,
}

/// Which calls are counted together while they are in flight: those of a meter that began with the
/// same labels of baggage, in one capture or in none.
#[derive(Clone, Copy)]
pub(super) struct Flight {
    pub(super) meter: u32,
    pub(super) capture: u32,
    pub(super) baggage: BaggageLabels,
}

impl Flight {
    /// Records have room for numbers of meters and captures below 2²⁴.
    fn key(self) -> u64 {
        let Self { meter, capture, baggage } = self;
        u64::from(baggage.0) << 48 | u64::from(capture) << 24 | u64::from(meter)
    }
}

/// Such calls that have begun and not ended.
struct InFlight {
    flight: Flight,
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
            series: BTreeMap::new(),
            pending: Vec::new(),
            in_flight: no_numbers(),
            refused: 0,
            deferred: Vec::new(),
        }
    }

    fn begin(&mut self, outlet: Outlet) {
        self.tell();
        let mut in_flight = std::mem::take(&mut self.in_flight);
        in_flight.retain(|_, calls| calls.count != 0);
        let deferred = std::mem::take(&mut self.deferred);
        *self = Self { pipelines: self.pipelines + 1, outlet, in_flight, deferred, ..Self::new() };
        for calls in self.in_flight.values_mut() {
            calls.tell = None;
            let count = std::mem::take(&mut calls.count);
            calls.add(&self.outlet, count);
        }
    }

    fn take(&mut self, measurement: Measurement) {
        match measurement {
            Measurement::Call(call) => self.call(&call),
            Measurement::Begun { meter, capture, baggage } => {
                self.in_flight(Flight { meter, capture, baggage }, 1);
            }
            Measurement::Value(value) => self.value(&value),
        }
    }

    /// Whether it can be taken without making an instrument, or calling one that is not the SDK's.
    fn knows(&self, measurement: &Measurement) -> bool {
        let counts = |flight: Flight| {
            let calls = self.in_flight.get(&flight.key());
            calls.is_some_and(|calls| calls.tell.is_some())
        };
        let (capture, is_known) = match measurement {
            Measurement::Call(call) => {
                let MeteredCall { meter, capture, baggage, .. } = *call;
                let is_counted = meter_of(meter).is_some_and(Meter::counts_in_flight);
                let is_known = self.calls.knows(Key::of_call(call));
                let is_counting = || counts(Flight { meter, capture, baggage });
                (capture, is_known && (!is_counted || is_counting()))
            }
            &Measurement::Begun { meter, capture, baggage } => {
                (capture, counts(Flight { meter, capture, baggage }))
            }
            Measurement::Value(value) => (value.capture, self.values.knows(Key::of_value(value))),
        };
        is_known && capture == 0 && !self.outlet.is_watched
    }

    fn call(&mut self, call: &MeteredCall) {
        let place = self.calls.place(Key::of_call(call), |all| {
            let (counter, duration) = call_series(&self.outlet, call);
            let counts_in_flight = meter_of(call.meter).is_some_and(Meter::counts_in_flight);
            let capture = call.capture;
            push(all, Calls { capture, counts_in_flight, count: 0, counter, duration })
        });
        let calls = &mut self.calls.things[place as usize];
        calls.count += 1;
        if calls.count == 1 {
            self.counted.push(place);
        }
        in_capture(call.capture, || (calls.duration)(seconds(call.duration)));
        if calls.counts_in_flight {
            let MeteredCall { meter, capture, baggage, .. } = *call;
            self.in_flight(Flight { meter, capture, baggage }, -1);
        }
    }

    fn in_flight(&mut self, flight: Flight, change: i64) {
        let calls = self.in_flight.entry(flight.key());
        let calls = calls.or_insert(InFlight { flight, count: 0, tell: None });
        calls.add(&self.outlet, change);
    }

    fn value(&mut self, value: &MeasuredValue) {
        let kind = value.instrument.kind();
        if !is_taken_by(kind, value.amount) {
            self.refused += 1;
            return;
        }
        let place = self.values.place(Key::of_value(value), |all| {
            *self.series.entry(ValueSeries::of(value)).or_insert_with(|| {
                let (tell, takes_floats) = value_series(&self.outlet, value);
                let adds = matches!(kind, InstrumentKind::Counter | InstrumentKind::UpDownCounter);
                let (pending, rest) = (Amount::Absent, Amount::Absent);
                let (capture, sums_wholes) = (value.capture, adds && !takes_floats);
                push(all, Values { capture, pending, tick: 0, tell, sums_wholes, rest })
            })
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
            let mut pending = std::mem::replace(&mut values.pending, Amount::Absent);
            if values.sums_wholes {
                (pending, values.rest) = wholes_of(sum(pending, values.rest));
            }
            in_capture(values.capture, || (values.tell)(pending));
        }
    }
}

impl InFlight {
    fn add(&mut self, outlet: &Outlet, change: i64) {
        self.count += change;
        let flight = self.flight;
        let tell = self.tell.get_or_insert_with(|| in_flight_series(outlet, flight));
        in_capture(flight.capture, || tell(change));
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
        (Amount::U64(one), Amount::I64(other)) | (Amount::I64(other), Amount::U64(one)) => {
            match one.checked_add_signed(other) {
                Some(sum) => Amount::U64(sum),
                None if other < 0 => Amount::I64(other.saturating_add_unsigned(one)),
                None => Amount::U64(u64::MAX),
            }
        }
        (one, other) => Amount::F64(one.to_f64() + other.to_f64()),
    }
}

/// The whole part of a number, and what is left of it.
fn wholes_of(amount: Amount) -> (Amount, Amount) {
    match amount {
        Amount::F64(value) => (Amount::F64(value.trunc()), Amount::F64(value.fract())),
        amount => (amount, Amount::Absent),
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
    let _here = attach_current(Current { capture, ..Current::NONE });
    tell();
}
