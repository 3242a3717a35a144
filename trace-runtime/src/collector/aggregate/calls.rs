//! Counts calls by series, and calls in flight.

use super::captured::in_capture;
use super::keyed::Keyed;
use crate::amount::Amount;
use crate::collector::outlet::{Outlet, Reporter};
use crate::collector::series::{CallReporters, Flight, call_series, in_flight_series};
use crate::collector::table::{NumberMap, no_numbers};
use crate::distribution::Distribution;
use crate::instruments::{BaggageLabels, Meter, meter_of};
use crate::recorder::alike::Key;
use crate::recorder::measure::MeteredCall;
use crate::recorder::overload::Merged;
use std::collections::BTreeMap;
use std::mem;

/// Calls that belong to the same series.
struct Alike {
    like: MeteredCall,
    overflow: bool,
    counts_in_flight: bool,
    /// The number of calls that were not reported yet.
    count: u64,
    /// The durations that wait for their instrument.
    durations: Distribution,
    reporters: Option<CallReporters>,
}

/// The numbers that count against a function's limits.
#[derive(Clone, Copy, Default)]
struct Held {
    series: usize,
    /// Keys that lead to a series created for another key.
    names: usize,
}

/// All calls, by series.
pub(super) struct Calls {
    alike: Keyed<Alike>,
    /// The places of entries with an unreported count.
    unreported: Vec<u32>,
    held: NumberMap<Held>,
    /// The number of series of the metrics that the functions of a crate share.
    shared: BTreeMap<(&'static str, u32), usize>,
}

impl Calls {
    pub(super) const fn new() -> Self {
        Self {
            alike: Keyed::new(),
            unreported: Vec::new(),
            held: no_numbers(),
            shared: BTreeMap::new(),
        }
    }

    /// Adds a call; returns whether it exceeds the limit of series.
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
        match &alike.reporters {
            Some(reporters) => in_capture(call.capture, || reporters.duration(seconds)),
            None => alike.durations.add(seconds),
        }
        if alike.counts_in_flight {
            flights.add(outlet, Flight::of(call), -1);
        }
        if alike.count == 0 {
            self.unreported.push(place);
        }
        alike.count += 1;
        alike.overflow
    }

    /// Adds merged calls; returns whether they exceed the limit of series.
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
        match &alike.reporters {
            Some(reporters) => {
                in_capture(call.capture, || spread.drain_into(|it| reporters.duration(it)))
            }
            None => alike.durations.append(&spread),
        }
        if alike.counts_in_flight {
            flights.add(outlet, Flight::of(call), -count.cast_signed());
        }
        if alike.count == 0 {
            self.unreported.push(place);
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
            reporters: call_series(outlet, call, overflow),
        };
        self.alike.push(key, alike)
    }

    /// Reports the unreported calls; returns the number of those that wait. `has_news`: whether
    /// instruments were created.
    pub(super) fn report(&mut self, outlet: &mut Outlet, has_news: bool) -> u64 {
        let mut waiting = 0;
        let alike = &mut self.alike;
        self.unreported.retain(|&place| {
            let alike = alike.at(place);
            let is_reported = alike.report(outlet, has_news);
            waiting += alike.count;
            !is_reported
        });
        waiting
    }

    /// Discards the calls that wait; returns their number.
    pub(super) fn abandon(&mut self) -> u64 {
        let mut waited = 0;
        for place in self.unreported.drain(..) {
            let alike = self.alike.at(place);
            waited += mem::take(&mut alike.count);
            alike.durations = Distribution::EMPTY;
        }
        waited
    }
}

impl Alike {
    /// Reports the calls; returns `false` if their instruments do not exist yet.
    fn report(&mut self, outlet: &mut Outlet, has_news: bool) -> bool {
        if self.reporters.is_none() && has_news {
            self.reporters = call_series(outlet, &self.like, self.overflow);
        }
        let Some(reporters) = &self.reporters else { return false };
        let (count, durations) = (mem::take(&mut self.count), &mut self.durations);
        in_capture(self.like.capture, || {
            if let Some(counter) = &reporters.counter {
                counter(Amount::U64(count));
            }
            durations.drain_into(|seconds| reporters.duration(seconds));
        });
        true
    }
}

impl CallReporters {
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

    /// Returns a key. The numbers of meters and captures are below 2²⁴, because records have no
    /// room for more.
    fn key(self) -> u64 {
        let Self { meter, capture, baggage } = self;
        u64::from(baggage.0) << 48 | u64::from(capture) << 24 | u64::from(meter)
    }
}

/// Calls in flight that are counted together.
struct InFlight {
    flight: Flight,
    count: i64,
    /// The change of the count that was not reported yet.
    unreported: i64,
    is_listed: bool,
    reporter: Option<Reporter>,
}

/// All calls in flight.
pub(super) struct Flights {
    all: NumberMap<InFlight>,
    /// The keys of entries with an unreported change.
    unreported: Vec<u64>,
    /// The number of series of each function.
    series: NumberMap<usize>,
}

impl Flights {
    pub(super) const fn new() -> Self {
        Self { all: no_numbers(), unreported: Vec::new(), series: no_numbers() }
    }

    /// Continues with the calls in flight of another pipeline.
    pub(super) fn go_on(&mut self, earlier: Self) {
        for (key, InFlight { flight, count, .. }) in earlier.all {
            if count != 0 {
                let calls =
                    InFlight { flight, count, unreported: count, is_listed: true, reporter: None };
                *self.series.entry(Self::function(flight)).or_default() += 1;
                self.all.insert(key, calls);
                self.unreported.push(key);
            }
        }
    }

    fn function(Flight { meter, capture, .. }: Flight) -> u64 {
        u64::from(capture) << 32 | u64::from(meter)
    }

    /// Changes the number of calls in flight; returns whether they exceed the limit of series.
    pub(super) fn add(&mut self, outlet: &mut Outlet, flight: Flight, change: i64) -> bool {
        let overflow = Flight { baggage: BaggageLabels::OVERFLOW, ..flight };
        let series = self.series.entry(Self::function(flight)).or_default();
        // Known series stay: calls end in the series in which they began.
        let is_over = *series >= outlet.limits.each && !self.all.contains_key(&flight.key());
        let flight = if is_over { overflow } else { flight };
        let key = flight.key();
        let calls = self.all.entry(key).or_insert_with(|| {
            *series += 1;
            let reporter = in_flight_series(outlet, flight);
            InFlight { flight, count: 0, unreported: 0, is_listed: false, reporter }
        });
        calls.count += change;
        calls.unreported += change;
        if !calls.is_listed {
            calls.is_listed = true;
            self.unreported.push(key);
        }
        is_over
    }

    /// Reports the changes. `has_news`: whether instruments were created.
    pub(super) fn report(&mut self, outlet: &mut Outlet, has_news: bool) {
        let all = &mut self.all;
        self.unreported.retain(|key| {
            let Some(calls) = all.get_mut(key) else { return false };
            if calls.reporter.is_none() && has_news {
                calls.reporter = in_flight_series(outlet, calls.flight);
            }
            let Some(reporter) = &calls.reporter else { return true };
            let change = mem::take(&mut calls.unreported);
            if change != 0 {
                in_capture(calls.flight.capture, || reporter(Amount::I64(change)));
            }
            calls.is_listed = false;
            false
        });
    }
}
