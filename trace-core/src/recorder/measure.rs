//! The records of measurements: calls, their beginnings where those are counted, and business
//! values.
//!
//! Each record is self-contained: it names what was measured and does not depend on spans, so
//! neither sampling nor the loss of spans affects it. A record that finds its ring full is merged
//! with those that are like it (`overload.rs`).

use super::fast::fetch_ahead;
#[cfg(feature = "metrics")]
use super::overload;
use super::record::{
    self, IN_FLIGHT, METER, METER_LEAVE, METER_LIMIT, Record, SMALL_LIMIT, VALUE_F64, VALUE_I64,
    VALUE_SMALL, VALUE_U64, call_word, value_word,
};
use super::thread::{Local, local, ready_local};
#[cfg(feature = "metrics")]
use super::ticks;
use crate::amount::Amount;
use crate::captures;
use crate::context::bits;
use crate::instruments::{BaggageLabels, Instrument, InstrumentKind, LabelId, Labels};
use crate::outcome::Outcome;
use crate::state;
use std::ptr::with_exposed_provenance;

/// A measurement.
#[derive(Clone, Copy)]
pub enum Measurement {
    /// The end of a call.
    Call(MeteredCall),
    /// The beginning of a call whose meter counts calls in flight.
    Begun { meter: u32, capture: u32, baggage: BaggageLabels },
    /// A business value.
    Value(MeasuredValue),
}

/// A call that has ended.
#[derive(Clone, Copy)]
pub struct MeteredCall {
    /// The number of its meter.
    pub meter: u32,
    /// The number of the meter of the innermost metered call around it; 0: none.
    pub caller: u32,
    pub labels: Labels,
    pub outcome: Outcome,
    pub error: LabelId,
    pub duration: Ticks,
    pub capture: u32,
    /// The labels of its baggage when it began.
    pub baggage: BaggageLabels,
}

/// The time between two ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticks {
    /// By the process's clock.
    Real(u64),
    /// In nanoseconds, by the clock of a capture.
    Virtual(u64),
}

impl Ticks {
    pub(super) fn between(start: u64, end: u64) -> Self {
        match (captures::virtual_nanos(start), captures::virtual_nanos(end)) {
            (Some(start), Some(end)) => Self::Virtual(end.saturating_sub(start)),
            (None, None) => Self::Real(end.saturating_sub(start)),
            // The capture began or ended during the call.
            _ => Self::Virtual(0),
        }
    }

    #[cfg(feature = "metrics")]
    #[inline]
    pub fn seconds(self) -> f64 {
        let nanos = match self {
            Self::Real(ticks) => ticks::nanos(ticks),
            Self::Virtual(nanos) => nanos,
        };
        nanos as f64 / 1e9
    }
}

/// A business value.
#[derive(Clone, Copy)]
pub struct MeasuredValue {
    pub instrument: &'static Instrument,
    pub labels: Labels,
    pub amount: Amount,
    pub capture: u32,
    /// The time, for instruments where the last value counts.
    pub tick: u64,
    pub baggage: BaggageLabels,
}

/// The number of bits for outcome and error, below the duration in a word.
pub(super) const DURATION_SHIFT: u32 = 18;
const ERROR_SHIFT: u32 = 2;
/// A duration that does not fit takes a separate word.
pub(super) const DURATION_LIMIT: u64 = 1 << (64 - DURATION_SHIFT);
/// A flag beside the capture: the duration is by the capture's clock.
const VIRTUAL: u32 = 1 << 31;

/// The number of words of a `METER` without labels, and the maximum.
pub(super) const METER_WORDS: u64 = 2;
const MOST_WORDS: usize = 6;

/// A record before it is put anywhere.
struct Words {
    words: [u64; MOST_WORDS],
    len: usize,
}

impl Words {
    /// Creates a record. `body`: the words after the first; trailing zeros are left out.
    fn new(first: u64, at_least: usize, body: [u64; MOST_WORDS - 1]) -> Self {
        let used = body.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        let len = 1 + used.max(at_least);
        let mut words = [0; MOST_WORDS];
        words[0] = first | (len as u64) << 8;
        words[1..].copy_from_slice(&body);
        Self { words, len }
    }
}

impl Measurement {
    /// Decodes the measurement of a record.
    #[inline]
    pub fn of(record: Record<'_>) -> Option<Self> {
        let (first, words) = (record.first(), record.words());
        let word = |index: usize| words.get(index).copied().unwrap_or_default();
        let labels = || Labels { low: word(1), high: word(2) as u32 };
        let baggage = |index| BaggageLabels(word(index) as u16);
        // SAFETY: writers of such records put the address of a static there, provenance exposed.
        let instrument = || unsafe { &*with_exposed_provenance(record.address()) };
        Some(match record.kind() {
            METER | METER_LEAVE => {
                let (how, origin) = (word(0), (word(2) >> 32) as u32);
                let duration = match word(3) {
                    0 => how >> DURATION_SHIFT,
                    long => long,
                };
                Self::Call(MeteredCall {
                    meter: (first >> 40) as u32,
                    caller: (first >> 16) as u32 & (METER_LIMIT - 1),
                    labels: labels(),
                    outcome: Outcome::from_u8(how as u8 & 3),
                    error: LabelId((how >> ERROR_SHIFT) as u16),
                    duration: match origin & VIRTUAL {
                        0 => Ticks::Real(duration),
                        _ => Ticks::Virtual(duration),
                    },
                    capture: origin & !VIRTUAL,
                    baggage: baggage(4),
                })
            }
            IN_FLIGHT => Self::Begun {
                meter: (first >> 40) as u32,
                capture: word(0) as u32,
                baggage: baggage(1),
            },
            VALUE_SMALL => Self::Value(MeasuredValue {
                instrument: instrument(),
                labels: Labels::NONE,
                amount: Amount::U64(first >> 8 & (SMALL_LIMIT - 1)),
                capture: 0,
                tick: 0,
                baggage: BaggageLabels::NONE,
            }),
            kind @ VALUE_U64..=VALUE_F64 => Self::Value(MeasuredValue {
                instrument: instrument(),
                labels: labels(),
                amount: amount_of(kind, word(0)),
                capture: (word(2) >> 32) as u32,
                tick: word(3),
                baggage: baggage(4),
            }),
            _ => return None,
        })
    }

    /// Returns the record; `None` if it cannot name what was measured.
    fn words(&self) -> Option<Words> {
        Some(match *self {
            Self::Call(MeteredCall {
                meter,
                caller,
                labels,
                outcome,
                error,
                duration,
                capture,
                baggage,
            }) => {
                let (ticks, clock) = match duration {
                    Ticks::Real(ticks) => (ticks, 0),
                    Ticks::Virtual(nanos) => (nanos, VIRTUAL),
                };
                let (short, long) = if ticks < DURATION_LIMIT { (ticks, 0) } else { (0, ticks) };
                let how = short << DURATION_SHIFT
                    | u64::from(error.0) << ERROR_SHIFT
                    | u64::from(outcome as u8);
                let origin = u64::from(capture | clock) << 32 | u64::from(labels.high);
                let has_room = meter < METER_LIMIT && caller < METER_LIMIT;
                let first = has_room.then(|| call_word(meter, caller) | u64::from(METER))?;
                Words::new(first, 1, [how, labels.low, origin, long, baggage.0.into()])
            }
            Self::Begun { meter, capture, baggage } => {
                let first = (meter < METER_LIMIT).then(|| call_word(meter, 0))?;
                Words::new(
                    first | u64::from(IN_FLIGHT),
                    0,
                    [capture.into(), baggage.0.into(), 0, 0, 0],
                )
            }
            Self::Value(MeasuredValue { instrument, labels, amount, capture, tick, baggage }) => {
                let (kind, value) = bits_of(amount)?;
                let origin = u64::from(capture) << 32 | u64::from(labels.high);
                let first = value_word(kind, address_of(instrument)?, 0);
                Words::new(first, 1, [value, labels.low, origin, tick, baggage.0.into()])
            }
        })
    }

    /// Puts the measurement where the collector finds it: into the thread's ring, or into a table
    /// of alike measurements.
    #[cold]
    #[inline(never)]
    pub(super) fn put(self) {
        // SAFETY: the calling thread's own state; no user code runs while it is borrowed.
        let is_put = unsafe {
            let local = &mut *local();
            // Never writes into an unfinished record.
            local.current.bits & bits::BUSY == 0
                && local.make_ready()
                && self.words().is_some_and(|words| put_words(local, &words))
        };
        if !is_put {
            #[cfg(feature = "metrics")]
            overload::merge(&self);
        }
        if state::load() & state::ASLEEP != 0 {
            state::wake_collector();
        }
    }
}

fn put_words(local: &mut Local, Words { words, len }: &Words) -> bool {
    let (mut at, len) = (local.producer.pos(), *len);
    let has_room =
        local.producer.has_room(at, len as u64) || local.make_room(&mut at, len as u64, false);
    if has_room {
        // SAFETY: there is room; the record is whole when it is published.
        unsafe {
            for (offset, word) in words[..len].iter().enumerate() {
                local.producer.write(at + offset as u64, *word);
            }
            local.producer.publish(at + len as u64);
        }
    }
    has_room
}

#[inline(always)]
fn address_of<T>(at: &'static T) -> Option<u64> {
    let address = std::ptr::from_ref(at).expose_provenance() as u64;
    record::has_room_for(at).then_some(address)
}

/// Returns the kind of record for an amount, and its bits.
#[inline(always)]
pub(super) fn bits_of(amount: Amount) -> Option<(u8, u64)> {
    Some(match amount {
        Amount::Absent => return None,
        Amount::U64(value) => (VALUE_U64, value),
        Amount::I64(value) => (VALUE_I64, value as u64),
        Amount::F64(value) => (VALUE_F64, value.to_bits()),
    })
}

fn amount_of(kind: u8, bits: u64) -> Amount {
    match kind {
        VALUE_U64 => Amount::U64(bits),
        VALUE_I64 => Amount::I64(bits as i64),
        _ => Amount::F64(f64::from_bits(bits)),
    }
}

/// Records a business value. The caller has already checked whether values are measured at all.
#[inline(always)]
pub fn measure(instrument: &'static Instrument, labels: Labels, amount: Amount) {
    // The instrument, and often the labels and the value, are known at the call site, so only one
    // of these remains there.
    match amount {
        Amount::Absent => {}
        amount if instrument.kind() == InstrumentKind::Gauge => {
            measure_long(instrument, labels, amount);
        }
        Amount::U64(value) if labels == Labels::NONE && value < SMALL_LIMIT => {
            measure_small(instrument, value);
        }
        Amount::U64(value) => measure_bits::<VALUE_U64>(instrument, value, labels),
        Amount::I64(value) => measure_bits::<VALUE_I64>(instrument, value as u64, labels),
        Amount::F64(value) => measure_bits::<VALUE_F64>(instrument, value.to_bits(), labels),
    }
}

#[inline(never)]
fn measure_small(instrument: &'static Instrument, value: u64) {
    if !put_fast(instrument, VALUE_SMALL, value, []) {
        measure_long(instrument, Labels::NONE, Amount::U64(value));
    }
}

#[inline(never)]
fn measure_bits<const KIND: u8>(instrument: &'static Instrument, value: u64, labels: Labels) {
    let is_put = match labels {
        Labels::NONE => put_fast(instrument, KIND, 2, [value]),
        Labels { low, high: 0 } => put_fast(instrument, KIND, 3, [value, low]),
        Labels { low, high } => put_fast(instrument, KIND, 4, [value, low, high.into()]),
    };
    if !is_put {
        measure_long(instrument, labels, amount_of(KIND, value));
    }
}

/// Writes the record of a value; `false`: take the slow path.
#[inline(always)]
pub(super) fn put_fast<const N: usize>(
    instrument: &'static Instrument,
    kind: u8,
    low: u64,
    body: [u64; N],
) -> bool {
    let words = 1 + N as u64;
    let Some(local) = ready_local() else { return false };
    let Some(address) = address_of(instrument) else { return false };
    // SAFETY: the calling thread's own state; the words are the producer's and a whole record when
    // they are published.
    unsafe {
        let Some((pos, start)) = (*local).producer.place(words) else { return false };
        fetch_ahead(start, false);
        (*start).write(value_word(kind, address, low));
        for (index, word) in body.into_iter().enumerate() {
            (*start.add(1 + index)).write(word);
        }
        (*local).producer.publish(pos + words);
    }
    true
}

#[cold]
#[inline(never)]
fn measure_long(instrument: &'static Instrument, labels: Labels, amount: Amount) {
    // SAFETY: the calling thread's own state; no user code runs here.
    let (capture, tick, baggage) = unsafe {
        let local = &mut *local();
        local.make_ready();
        let bits = local.current.bits;
        if !state::is_metering(state::load()) || bits & bits::SUPPRESSED != 0 {
            return;
        }
        (local.current.capture & captures::NUMBER, local.tick(), local.baggage_labels())
    };
    // Only the last value of a gauge needs its time.
    let tick = if instrument.kind() == InstrumentKind::Gauge { tick } else { 0 };
    let value = MeasuredValue { instrument, labels, amount, capture, tick, baggage };
    Measurement::Value(value).put();
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::site::Site;

    static SITE: Site = Site::new("f\0crate\0f.rs\x001.0.0\0", 1);
    static VALUE: Instrument = Instrument::counter(&SITE, "orders\0{order}\0");

    fn round_trip(measurement: Measurement) -> Measurement {
        let words = measurement.words().unwrap();
        // SAFETY: a whole record.
        let record = unsafe { Record::new(words.words[0], &words.words[1..words.len]) };
        assert_eq!(record::len(words.words[0]), words.len as u64);
        Measurement::of(record).unwrap()
    }

    #[test]
    fn calls_survive() {
        let labels = Labels::new([7, 8, 9, 10].map(LabelId));
        let ticks = [Ticks::Real(5), Ticks::Real(DURATION_LIMIT), Ticks::Virtual(1 << 50)];
        for (duration, capture, labels) in ticks
            .into_iter()
            .flat_map(|ticks| [(ticks, 0, Labels::NONE), (ticks, 3, labels), (ticks, 0, labels)])
        {
            let baggage = BaggageLabels(capture as u16 * 9);
            let (outcome, error) = (Outcome::Error, LabelId(u16::MAX));
            let (meter, caller) = (5, 77);
            let call =
                MeteredCall { meter, caller, labels, outcome, error, duration, capture, baggage };
            let Measurement::Call(read) = round_trip(Measurement::Call(call)) else { panic!() };
            assert_eq!((read.meter, read.duration), (5, duration));
            assert_eq!((read.caller, read.labels, read.capture), (77, labels, capture));
            assert_eq!((read.outcome, read.error, read.baggage), (outcome, error, baggage));
        }
    }

    #[test]
    fn values_survive() {
        for (amount, tick) in
            [(Amount::U64(0), 0), (Amount::I64(-1), 9), (Amount::F64(-0.5), 0), (Amount::U64(1), 1)]
        {
            for (labels, capture) in [(Labels::NONE, 0), (Labels { low: 3, high: 4 }, 5)] {
                let (instrument, baggage) = (&VALUE, BaggageLabels(capture as u16));
                let value = MeasuredValue { instrument, labels, amount, capture, tick, baggage };
                let Measurement::Value(read) = round_trip(Measurement::Value(value)) else {
                    panic!()
                };
                assert_eq!((read.amount, read.tick, read.baggage), (amount, tick, baggage));
                assert_eq!((read.labels, read.capture), (labels, capture));
            }
        }
        let begun =
            round_trip(Measurement::Begun { meter: 5, capture: 2, baggage: BaggageLabels(9) });
        let baggage = BaggageLabels(9);
        assert!(
            matches!(begun, Measurement::Begun { meter: 5, capture: 2, baggage: read } if read == baggage)
        );
    }
}
