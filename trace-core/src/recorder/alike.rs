//! Decides which measurements are alike: by what was measured, the caller, the labels (their own
//! and those of the baggage), and the outcome.

use super::measure::{MeasuredValue, Measurement, MeteredCall};
use crate::instruments::{AttributeSet, BaggageLabels, LabelId, Labels, Meter, meter_of};
use std::hash::{Hash, Hasher};

/// The properties that alike measurements share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u64; 4]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|&word| state.write_u64(word));
    }
}

// The kind of key, in the top bits of the last word.
const CALL: u64 = 1 << 56;
const BEGUN: u64 = 2 << 56;
const VALUE: u64 = 3 << 56;
const OVERFLOW: u64 = 1 << 63;

impl Key {
    /// The key that matches nothing.
    pub const NONE: Self = Self([0; 4]);

    #[inline]
    pub fn of_call(call: &MeteredCall) -> Self {
        let MeteredCall { meter, caller, labels, outcome, error, capture, baggage, .. } = *call;
        Self([
            u64::from(meter) << 32 | u64::from(caller),
            labels.low,
            u64::from(capture) << 32 | u64::from(labels.high),
            CALL | u64::from(baggage.0) << 32 | u64::from(error.0) << 8 | outcome as u64,
        ])
    }

    #[inline]
    pub fn of_value(value: &MeasuredValue) -> Self {
        let MeasuredValue { instrument, labels, capture, baggage, .. } = *value;
        let address = std::ptr::from_ref(instrument) as u64;
        let origin = VALUE | u64::from(baggage.0) << 32 | u64::from(capture);
        Self([address, labels.low, labels.high.into(), origin])
    }

    fn of_begun(meter: u32, capture: u32, baggage: BaggageLabels) -> Self {
        Self([meter.into(), capture.into(), 0, BEGUN | u64::from(baggage.0) << 32])
    }

    /// Returns a number that differs for most keys.
    #[inline]
    pub fn spread(&self) -> u64 {
        let Self([what, low, high, how]) = *self;
        (what ^ low.rotate_left(16) ^ high.rotate_left(32) ^ how.rotate_left(48))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            >> 32
    }

    /// Returns the key of the overflow of this measurement: everything but the labels.
    #[inline]
    pub fn overflowed(self) -> Self {
        let Self([what, low, high, how]) = self;
        Self([what, low, high, how | OVERFLOW])
    }
}

impl MeteredCall {
    /// Returns it as counted in an overflow: only function and outcome are kept.
    #[inline]
    pub fn without_labels(&self) -> Self {
        let (caller, error) = (0, LabelId::NONE);
        Self { caller, labels: Labels::NONE, error, baggage: BaggageLabels::NONE, ..*self }
    }

    /// Returns the equivalent for metrics without callers; `None` if it is that already, or if its
    /// metrics report callers.
    #[inline]
    pub fn without_caller(&self) -> Option<Self> {
        let is_named = |meter: &Meter| meter.name().is_some();
        let has_unreported_caller = self.caller != 0 && meter_of(self.meter).is_some_and(is_named);
        has_unreported_caller.then_some(Self { caller: 0, ..*self })
    }
}

impl MeasuredValue {
    /// Returns whether its attributes are beyond the limits of attribute sets.
    #[inline]
    pub fn is_beyond_sets(&self) -> bool {
        self.instrument.schema_url().is_some()
            && AttributeSet::in_labels(self.labels) == AttributeSet::OVERFLOW
    }

    /// Returns it as counted in an overflow.
    #[inline]
    pub fn without_labels(&self) -> Self {
        Self { labels: Labels::NONE, baggage: BaggageLabels::NONE, ..*self }
    }
}

impl Measurement {
    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Call(call) => Key::of_call(call),
            Self::Begun { meter, capture, baggage } => Key::of_begun(*meter, *capture, *baggage),
            Self::Value(value) => Key::of_value(value),
        }
    }

    /// Returns it as counted in an overflow.
    #[inline]
    pub(crate) fn without_labels(&self) -> Self {
        match self {
            // Calls in flight must be subtracted where they were added, which is under the labels
            // of their baggage.
            Self::Call(call) if meter_of(call.meter).is_some_and(Meter::counts_in_flight) => {
                Self::Call(MeteredCall { baggage: call.baggage, ..call.without_labels() })
            }
            Self::Call(call) => Self::Call(call.without_labels()),
            begun @ Self::Begun { .. } => *begun,
            Self::Value(value) => Self::Value(value.without_labels()),
        }
    }
}
