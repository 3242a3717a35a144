//! Aggregates business values by series.

use super::captured::in_capture;
use super::keyed::Keyed;
use crate::amount::{Amount, Arithmetic as _};
use crate::collector::outlet::{Outlet, Reporter};
use crate::collector::series::{ValueInstrument, ValueSeries, takes_floats, value_series};
use crate::collector::table::{NumberMap, no_numbers};
use crate::distribution::Distribution;
use crate::instruments::InstrumentKind;
use crate::recorder::alike::Key;
use crate::recorder::measure::MeasuredValue;
use crate::recorder::overload::Merged;
use std::collections::BTreeMap;
use std::mem;

/// Values with the same labels, from all instruments of one name.
struct Alike {
    like: MeasuredValue,
    overflow: bool,
    takes_floats: bool,
    /// The number of values that were not reported yet.
    count: u64,
    /// The sum or the last value that was not reported yet.
    pending: Amount,
    /// When the last value was recorded.
    tick: u64,
    /// Values that wait for their histogram.
    waiting: Distribution,
    reporter: Option<Reporter>,
    /// The fraction left over when a sum was reported as a whole number.
    rest: Amount,
    /// The sum so far, for instruments whose sums continue in the next pipeline.
    total: Amount,
}

/// All values, by series.
pub(super) struct Values {
    alike: Keyed<Alike>,
    /// The place of each series. Functions may share a series; its last value is then the latest of
    /// all functions.
    series: BTreeMap<ValueSeries, u32>,
    /// The number of series of each instrument, independent of the recording functions.
    held: BTreeMap<ValueInstrument, usize>,
    /// The number of keys of each function's instrument, by its address.
    names: NumberMap<usize>,
    /// The places of entries with unreported values.
    unreported: Vec<u32>,
}

impl Values {
    pub(super) const fn new() -> Self {
        Self {
            alike: Keyed::new(),
            series: BTreeMap::new(),
            held: BTreeMap::new(),
            names: no_numbers(),
            unreported: Vec::new(),
        }
    }

    /// Takes over the sums of another pipeline that continue in this one.
    pub(super) fn go_on(&mut self, outlet: &mut Outlet, earlier: Self) {
        for Alike { like, overflow, total, .. } in earlier.alike.things {
            if total.to_f64() != 0.0 {
                self.change(outlet, &like, overflow, 1, |alike, kind| alike.add(kind, total, 0));
            }
        }
    }

    /// Adds a value; returns whether it exceeds the limit of series.
    pub(super) fn take(&mut self, outlet: &mut Outlet, value: &MeasuredValue) -> bool {
        let MeasuredValue { amount, tick, .. } = *value;
        self.change(outlet, value, false, 1, |alike, kind| match (kind, &alike.reporter) {
            (InstrumentKind::Histogram, Some(reporter)) => {
                in_capture(value.capture, || reporter(amount));
            }
            (InstrumentKind::Histogram, None) => alike.waiting.add(amount.to_f64()),
            _ => alike.add(kind, amount, tick),
        })
    }

    /// Adds merged values; returns whether they exceed the limit of series.
    pub(super) fn take_merged(
        &mut self,
        outlet: &mut Outlet,
        like: &MeasuredValue,
        Merged { overflow, count, amount, tick, mut spread, .. }: Merged,
    ) -> bool {
        self.change(outlet, like, overflow, count, |alike, kind| match (kind, &alike.reporter) {
            (InstrumentKind::Histogram, Some(reporter)) => {
                in_capture(like.capture, || {
                    spread.drain_into(|value| reporter(Amount::F64(value)))
                });
            }
            (InstrumentKind::Histogram, None) => alike.waiting.append(&spread),
            _ => alike.add(kind, amount, tick),
        })
    }

    fn change(
        &mut self,
        outlet: &mut Outlet,
        value: &MeasuredValue,
        overflow: bool,
        count: u64,
        change: impl FnOnce(&mut Alike, InstrumentKind),
    ) -> bool {
        let overflow = overflow || value.is_beyond_sets();
        let place = self.find(outlet, value, overflow);
        let alike = self.alike.at(place);
        change(alike, value.instrument.kind());
        if alike.count == 0 {
            self.unreported.push(place);
        }
        alike.count += count;
        alike.overflow
    }

    #[inline]
    fn find(&mut self, outlet: &mut Outlet, value: &MeasuredValue, overflow: bool) -> u32 {
        let key = Key::of_value(value);
        let key = if overflow { key.overflowed() } else { key };
        match self.alike.find(key) {
            Some(place) => place,
            None => self.find_first(outlet, value, overflow, key),
        }
    }

    #[cold]
    fn find_first(
        &mut self,
        outlet: &mut Outlet,
        value: &MeasuredValue,
        overflow: bool,
        key: Key,
    ) -> u32 {
        let series = ValueSeries::of(value, overflow);
        let place = match self.series.get(&series).copied() {
            Some(place) => place,
            None => {
                let held = self.held.entry(series.instrument()).or_default();
                if !overflow && *held >= outlet.limits.each {
                    let place = self.find(outlet, &value.without_labels(), true);
                    self.alike.name_for_now(key, place);
                    return place;
                }
                *held += usize::from(!overflow);
                let takes_floats = takes_floats(value.instrument, value.amount);
                let alike = Alike {
                    like: *value,
                    overflow,
                    takes_floats,
                    count: 0,
                    pending: Amount::Absent,
                    tick: 0,
                    waiting: Distribution::EMPTY,
                    reporter: value_series(outlet, value, takes_floats, overflow),
                    rest: Amount::Absent,
                    total: Amount::Absent,
                };
                let place = self.alike.push(key, alike);
                self.series.insert(series, place);
                return place;
            }
        };
        let address = std::ptr::from_ref(value.instrument).addr() as u64;
        let names = self.names.entry(address).or_default();
        if overflow || *names < outlet.limits.each {
            *names += 1;
            self.alike.name(key, place);
        } else {
            self.alike.name_for_now(key, place);
        }
        place
    }

    /// Reports the unreported values; returns the number of those that wait. `has_news`: whether
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

    /// Discards the values that wait; returns their number.
    pub(super) fn abandon(&mut self) -> u64 {
        let mut waited = 0;
        for place in self.unreported.drain(..) {
            let alike = self.alike.at(place);
            waited += mem::take(&mut alike.count);
            alike.pending = Amount::Absent;
            alike.waiting = Distribution::EMPTY;
        }
        waited
    }
}

impl Alike {
    fn add(&mut self, kind: InstrumentKind, amount: Amount, tick: u64) {
        match kind {
            // Rings are read one after the other: an older value may come later.
            InstrumentKind::Gauge if tick < self.tick => {}
            InstrumentKind::Gauge => (self.pending, self.tick) = (amount, tick),
            _ => {
                self.pending = self.pending.plus(amount);
                if self.like.instrument.is_continued() {
                    self.total = self.total.plus(amount);
                }
            }
        }
    }

    /// Reports the values; returns `false` if their instrument does not exist yet.
    fn report(&mut self, outlet: &mut Outlet, has_news: bool) -> bool {
        if self.reporter.is_none() && has_news {
            self.reporter = value_series(outlet, &self.like, self.takes_floats, self.overflow);
        }
        let Some(reporter) = &self.reporter else { return false };
        self.count = 0;
        let adds = matches!(
            self.like.instrument.kind(),
            InstrumentKind::Counter | InstrumentKind::UpDownCounter
        );
        let mut pending = mem::replace(&mut self.pending, Amount::Absent);
        if adds && !self.takes_floats {
            (pending, self.rest) = pending.plus(self.rest).wholes();
        }
        let waiting = &mut self.waiting;
        in_capture(self.like.capture, || {
            if pending != Amount::Absent {
                reporter(pending);
            }
            waiting.drain_into(|value| reporter(Amount::F64(value)));
        });
        true
    }
}
