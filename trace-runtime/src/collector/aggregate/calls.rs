//! Calls that are alike, and those in flight.

use super::captured::in_capture;
use super::keyed::Keyed;
use crate::amount::Amount;
use crate::collector::outlet::{Outlet, Tell};
use crate::collector::series::{CallTells, Flight, call_series, in_flight_series};
use crate::collector::table::{NumberMap, no_numbers};
use crate::distribution::Distribution;
use crate::instruments::{BaggageLabels, Meter, meter_of};
use crate::recorder::alike::Key;
use crate::recorder::measure::MeteredCall;
use crate::recorder::overload::Merged;
use std::collections::BTreeMap;
use std::mem;

/// Calls that are alike.
struct Alike {
    like: MeteredCall,
    overflow: bool,
    counts_in_flight: bool,
    /// Not told yet.
    count: u64,
    /// Those that wait for their instrument.
    durations: Distribution,
    tells: Option<CallTells>,
}

/// What a function has.
#[derive(Clone, Copy, Default)]
struct Held {
    series: usize,
    /// Keys that find a series of another one.
    names: usize,
}

/// Calls by what they have in common.
pub(super) struct Calls {
    alike: Keyed<Alike>,
    /// Those with a count that was not told.
    untold: Vec<u32>,
    held: NumberMap<Held>,
    /// How many series there are of the metrics that the functions of a crate share.
    shared: BTreeMap<(&'static str, u32), usize>,
}

impl Calls {
    pub(super) const fn new() -> Self {
        Self {
            alike: Keyed::new(),
            untold: Vec::new(),
            held: no_numbers(),
            shared: BTreeMap::new(),
        }
    }

    /// Returns whether it is beyond the limit of series.
    #[inline]
    pub(super) fn take(
        &mut self,
        outlet: &mut Outlet,
        flights: &mut Flights,
        call: &MeteredCall,
    ) -> bool {
        let place = self.find(outlet, call, false);
        let alike = self.alike.at(place);
        let seconds = call.duration.seconds();
        match &alike.tells {
            Some(tells) => in_capture(call.capture, || tells.duration(seconds)),
            None => alike.durations.add(seconds),
        }
        if alike.counts_in_flight {
            flights.add(outlet, Flight::of(call), -1);
        }
        if alike.count == 0 {
            self.untold.push(place);
        }
        alike.count += 1;
        alike.overflow
    }

    /// The same for calls that were merged.
    pub(super) fn take_merged(
        &mut self,
        outlet: &mut Outlet,
        flights: &mut Flights,
        call: &MeteredCall,
        Merged { overflow, count, mut spread, .. }: Merged,
    ) -> bool {
        let like = if overflow { call.without_labels() } else { *call };
        let place = self.find(outlet, &like, overflow);
        let alike = self.alike.at(place);
        match &alike.tells {
            Some(tells) => in_capture(call.capture, || spread.drain_into(|it| tells.duration(it))),
            None => alike.durations.append(&spread),
        }
        if alike.counts_in_flight {
            flights.add(outlet, Flight::of(call), -count.cast_signed());
        }
        if alike.count == 0 {
            self.untold.push(place);
        }
        alike.count += count;
        alike.overflow
    }

    #[inline]
    fn find(&mut self, outlet: &mut Outlet, call: &MeteredCall, overflow: bool) -> u32 {
        let key = Key::of_call(call);
        let key = if overflow { key.overflowed() } else { key };
        match self.alike.find(key) {
            Some(place) => place,
            None => self.find_first(outlet, call, overflow, key),
        }
    }

    #[cold]
    fn find_first(
        &mut self,
        outlet: &mut Outlet,
        call: &MeteredCall,
        overflow: bool,
        key: Key,
    ) -> u32 {
        let MeteredCall { meter: number, capture, .. } = *call;
        let function = u64::from(capture) << 32 | u64::from(number);
        let held = self.held.get(&function).copied().unwrap_or_default();
        if !overflow && let Some(plain) = call.without_caller() {
            let place = self.find(outlet, &plain, false);
            if held.names < outlet.limits.each {
                self.held.entry(function).or_default().names += 1;
                self.alike.name(key, place);
            } else {
                self.alike.name_for_now(key, place);
            }
            return place;
        }
        let meter = meter_of(number);
        let shares = meter.filter(|meter| meter.name().is_none());
        let crate_of = shares.map(|meter| (meter.site().scope, capture));
        if !overflow {
            let shared = crate_of.and_then(|it| self.shared.get(&it)).copied().unwrap_or_default();
            if held.series >= outlet.limits.each || shared >= outlet.limits.shared {
                let place = self.find(outlet, &call.without_labels(), true);
                self.alike.name_for_now(key, place);
                return place;
            }
            self.held.entry(function).or_default().series += 1;
            if let Some(crate_of) = crate_of {
                *self.shared.entry(crate_of).or_default() += 1;
            }
        }
        let alike = Alike {
            like: *call,
            overflow,
            counts_in_flight: meter.is_some_and(Meter::counts_in_flight),
            count: 0,
            durations: Distribution::EMPTY,
            tells: call_series(outlet, call, overflow),
        };
        self.alike.push(key, alike)
    }

    /// Tells what was not told; returns how much waits. `has_news`: instruments were made.
    pub(super) fn tell(&mut self, outlet: &mut Outlet, has_news: bool) -> u64 {
        let mut waiting = 0;
        let alike = &mut self.alike;
        self.untold.retain(|&place| {
            let alike = alike.at(place);
            let is_told = alike.tell(outlet, has_news);
            waiting += alike.count;
            !is_told
        });
        waiting
    }

    /// Gives up what waits; returns how much that is.
    pub(super) fn abandon(&mut self) -> u64 {
        let mut waited = 0;
        for place in self.untold.drain(..) {
            let alike = self.alike.at(place);
            waited += mem::take(&mut alike.count);
            alike.durations = Distribution::EMPTY;
        }
        waited
    }
}

impl Alike {
    /// `false`: its instruments are not made yet.
    fn tell(&mut self, outlet: &mut Outlet, has_news: bool) -> bool {
        if self.tells.is_none() && has_news {
            self.tells = call_series(outlet, &self.like, self.overflow);
        }
        let Some(tells) = &self.tells else { return false };
        let (count, durations) = (mem::take(&mut self.count), &mut self.durations);
        in_capture(self.like.capture, || {
            if let Some(counter) = &tells.counter {
                counter(Amount::U64(count));
            }
            durations.drain_into(|seconds| tells.duration(seconds));
        });
        true
    }
}

impl CallTells {
    #[inline]
    fn duration(&self, seconds: f64) {
        if let Some(duration) = &self.duration {
            duration(Amount::F64(seconds));
        }
    }
}

impl Flight {
    fn of(call: &MeteredCall) -> Self {
        let MeteredCall { meter, capture, baggage, .. } = *call;
        Self { meter, capture, baggage }
    }

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
    /// What of the count was not told.
    untold: i64,
    is_listed: bool,
    tell: Option<Tell>,
}

/// Calls that have begun and not ended.
pub(super) struct Flights {
    all: NumberMap<InFlight>,
    /// Those with a change that was not told.
    untold: Vec<u64>,
    /// How many series functions have.
    series: NumberMap<usize>,
}

impl Flights {
    pub(super) const fn new() -> Self {
        Self { all: no_numbers(), untold: Vec::new(), series: no_numbers() }
    }

    /// Goes on from those of another pipeline.
    pub(super) fn go_on(&mut self, earlier: Self) {
        for (key, InFlight { flight, count, .. }) in earlier.all {
            if count != 0 {
                let calls = InFlight { flight, count, untold: count, is_listed: true, tell: None };
                *self.series.entry(Self::function(flight)).or_default() += 1;
                self.all.insert(key, calls);
                self.untold.push(key);
            }
        }
    }

    fn function(Flight { meter, capture, .. }: Flight) -> u64 {
        u64::from(capture) << 32 | u64::from(meter)
    }

    /// Returns whether they are beyond the limit of series.
    pub(super) fn add(&mut self, outlet: &mut Outlet, flight: Flight, change: i64) -> bool {
        let overflow = Flight { baggage: BaggageLabels::OVERFLOW, ..flight };
        let series = self.series.entry(Self::function(flight)).or_default();
        // Those that are known stay so: calls end in the series in which they began.
        let is_over = *series >= outlet.limits.each && !self.all.contains_key(&flight.key());
        let flight = if is_over { overflow } else { flight };
        let key = flight.key();
        let calls = self.all.entry(key).or_insert_with(|| {
            *series += 1;
            let tell = in_flight_series(outlet, flight);
            InFlight { flight, count: 0, untold: 0, is_listed: false, tell }
        });
        calls.count += change;
        calls.untold += change;
        if !calls.is_listed {
            calls.is_listed = true;
            self.untold.push(key);
        }
        is_over
    }

    /// Tells what has changed. `has_news`: instruments were made.
    pub(super) fn tell(&mut self, outlet: &mut Outlet, has_news: bool) {
        let all = &mut self.all;
        self.untold.retain(|key| {
            let Some(calls) = all.get_mut(key) else { return false };
            if calls.tell.is_none() && has_news {
                calls.tell = in_flight_series(outlet, calls.flight);
            }
            let Some(tell) = &calls.tell else { return true };
            let change = mem::take(&mut calls.untold);
            if change != 0 {
                in_capture(calls.flight.capture, || tell(Amount::I64(change)));
            }
            calls.is_listed = false;
            false
        });
    }
}
