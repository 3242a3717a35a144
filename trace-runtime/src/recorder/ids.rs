//! Random ids without shared state: each thread has its own generators, seeded from the system.

use crate::context::{SpanId, TraceId};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Weyl steps, odd and without pattern; each generator has its own.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const STEP_HIGH: u64 = 0xd1b5_4a32_d192_ed03;
const STEP_LOW: u64 = 0x8bb8_4b93_962e_acc9;

/// A thread's source of ids.
///
/// Span ids need to be unique within their trace, trace ids everywhere: a trace id comes from two
/// generators with seeds of their own, so that two threads of a fleet would have to agree in 128
/// bits to repeat each other.
pub(crate) struct Ids {
    span: u64,
    trace_high: u64,
    trace_low: u64,
}

impl Ids {
    pub(crate) const fn unseeded() -> Self {
        Self { span: 0, trace_high: 0, trace_low: 0 }
    }

    pub(crate) fn seed(&mut self) {
        // The keys of `RandomState` come from the system's random numbers.
        let seed = |salt: u64| {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u64(salt);
            hasher.finish()
        };
        *self = Self { span: seed(1), trace_high: seed(2), trace_low: seed(3) };
    }

    /// The next span id; never zero.
    // HOT: one addition and one wide multiplication per recorded span.
    #[inline(always)]
    pub(crate) fn span_id(&mut self) -> SpanId {
        self.span = self.span.wrapping_add(STEP);
        SpanId::from_u64(mix(self.span).max(1))
    }

    /// The next trace id; never zero, its lower 56 bits random (W3C Level 2's random flag).
    pub(crate) fn trace_id(&mut self) -> TraceId {
        self.trace_high = self.trace_high.wrapping_add(STEP_HIGH);
        self.trace_low = self.trace_low.wrapping_add(STEP_LOW);
        let (high, low) = (mix(self.trace_high), mix(self.trace_low));
        TraceId::from_u128((u128::from(high) << 64 | u128::from(low)).max(1))
    }
}

/// A wide multiplication folded onto itself, as wyhash does (Wang Yi, 2019).
#[inline(always)]
fn mix(value: u64) -> u64 {
    let wide =
        u128::from(value ^ 0xa076_1d64_78bd_642f) * u128::from(value ^ 0xe703_7ed1_a0b4_28db);
    (wide >> 64) as u64 ^ wide as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_do_not_repeat_within_or_between_threads() {
        let mut seen = HashSet::new();
        let mut traces = HashSet::new();
        for _ in 0..8 {
            let mut ids = Ids::unseeded();
            ids.seed();
            for _ in 0..10_000 {
                assert!(seen.insert(ids.span_id()));
            }
            for _ in 0..1_000 {
                assert!(traces.insert(ids.trace_id()));
            }
        }
    }

    #[test]
    fn every_bit_of_an_id_is_used() {
        let mut ids = Ids::unseeded();
        ids.seed();
        let (mut ones, mut zeros) = (0, 0);
        for _ in 0..256 {
            let id = ids.span_id().to_u64();
            ones |= id;
            zeros |= !id;
        }
        assert_eq!((ones, zeros), (u64::MAX, u64::MAX));
    }
}
