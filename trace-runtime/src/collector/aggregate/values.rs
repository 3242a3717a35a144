//! Business values that are alike.

use super::captured::in_capture;
use super::keyed::Keyed;
use crate::amount::{Amount, Arithmetic as _};
use crate::collector::outlet::{Outlet, Tell};
use crate::collector::series::{ValueInstrument, ValueSeries, takes_floats, value_series};
use crate::collector::table::{NumberMap, no_numbers};
use crate::distribution::Distribution;
use crate::instruments::InstrumentKind;
use crate::recorder::alike::Key;
use crate::recorder::measure::MeasuredValue;
use crate::recorder::overload::Merged;
use std::collections::BTreeMap;
use std::mem;

/// Values that have the same labels, of all instruments of a name.
struct Alike {
    like: MeasuredValue,
    overflow: bool,
    takes_floats: bool,
    /// How many were not told yet.
    count: u64,
    /// The sum, or the last one, that was not told yet.
    pending: Amount,
    /// When the last one was.
    tick: u64,
    /// Those of a histogram that wait for it.
    waiting: Distribution,
    tell: Option<Tell>,
    /// What of a sum was not whole when it was told.
    rest: Amount,
    /// The sum so far, of an instrument whose sums continue in the next pipeline.
    total: Amount,
}

/// Values by what they have in common.
pub(super) struct Values {
    alike: Keyed<Alike>,
    /// Where the values of a series are: functions may share one, and what comes last of them all is
    /// the last one.
    series: BTreeMap<ValueSeries, u32>,
    /// How many series instruments have, whichever functions record them.
    held: BTreeMap<ValueInstrument, usize>,
    /// How many keys the instrument of a function has, by its address.
    names: NumberMap<usize>,
    /// Those with something that was not told.
    untold: Vec<u32>,
}

impl Values {
    pub(super) const fn new() -> Self {
        Self {
            alike: Keyed::new(),
            series: BTreeMap::new(),
            held: BTreeMap::new(),
            names: no_numbers(),
            untold: Vec::new(),
        }
    }

    /// Takes the sums of another pipeline that continue in this one.
    pub(super) fn go_on(&mut self, outlet: &mut Outlet, earlier: Self) {
        for Alike { like, overflow, total, .. } in earlier.alike.things {
            if total.to_f64() != 0.0 {
                self.change(outlet, &like, overflow, 1, |alike, kind| alike.add(kind, total, 0));
            }
        }
    }

    /// Returns whether it is beyond the limit of series.
    pub(super) fn take(&mut self, outlet: &mut Outlet, value: &MeasuredValue) -> bool {
        let MeasuredValue { amount, tick, .. } = *value;
        self.change(outlet, value, false, 1, |alike, kind| match (kind, &alike.tell) {
            (InstrumentKind::Histogram, Some(tell)) => {
                in_capture(value.capture, || tell(amount));
            }
            (InstrumentKind::Histogram, None) => alike.waiting.add(amount.to_f64()),
            _ => alike.add(kind, amount, tick),
        })
    }

    /// The same for values that were merged.
    pub(super) fn take_merged(
        &mut self,
        outlet: &mut Outlet,
        like: &MeasuredValue,
        Merged { overflow, count, amount, tick, mut spread, .. }: Merged,
    ) -> bool {
        self.change(outlet, like, overflow, count, |alike, kind| match (kind, &alike.tell) {
            (InstrumentKind::Histogram, Some(tell)) => {
                in_capture(like.capture, || spread.drain_into(|value| tell(Amount::F64(value))));
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
            self.untold.push(place);
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
                    tell: value_series(outlet, value, takes_floats, overflow),
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

    /// `false`: its instrument is not made yet.
    fn tell(&mut self, outlet: &mut Outlet, has_news: bool) -> bool {
        if self.tell.is_none() && has_news {
            self.tell = value_series(outlet, &self.like, self.takes_floats, self.overflow);
        }
        let Some(tell) = &self.tell else { return false };
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
                tell(pending);
            }
            waiting.drain_into(|value| tell(Amount::F64(value)));
        });
        true
    }
}
