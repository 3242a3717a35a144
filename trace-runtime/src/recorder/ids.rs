//! Random ids without shared state: each thread has its own generators, seeded from the system.
//!
//! Within the process a span goes by its serial, a count from a random start; everybody else knows
//! it by its id, which is the serial scrambled.

use crate::context::{SpanId, TraceId};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Weyl steps, odd and without pattern; each generator has its own.
const STEP_HIGH: u64 = 0xd1b5_4a32_d192_ed03;
const STEP_LOW: u64 = 0x8bb8_4b93_962e_acc9;

/// The top byte of every serial of this process: the flags of a span that nothing has happened to
/// (see `guard.rs`).
pub(crate) const BORN: u64 = 0b10011 << 56;

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
        // A thread would have to count for years to leave the lower half of 56 bits.
        *self = Self { span: seed(1) >> 9 | BORN, trace_high: seed(2), trace_low: seed(3) };
    }

    /// The serial of the next span; never zero.
    // HOT: one addition per recorded span; the id that others see is made of it when it is needed.
    #[inline(always)]
    pub(crate) fn serial(&mut self) -> u64 {
        self.span = self.span.wrapping_add(1);
        self.span
    }

    /// The next trace id; never zero, its lower 56 bits random (W3C Level 2's random flag).
    pub(crate) fn trace_id(&mut self) -> TraceId {
        self.trace_high = self.trace_high.wrapping_add(STEP_HIGH);
        self.trace_low = self.trace_low.wrapping_add(STEP_LOW);
        let (high, low) = (mix(self.trace_high), mix(self.trace_low));
        TraceId::from_u128((u128::from(high) << 64 | u128::from(low)).max(1))
    }
}

/// The span id of a serial: MurmurHash3's finaliser (Appleby, 2011), a bijection that keeps zero.
#[inline]
pub(crate) const fn span_id(serial: u64) -> SpanId {
    let mut id = serial;
    id = (id ^ id >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    id = (id ^ id >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    SpanId::from_u64(id ^ id >> 33)
}

/// The serial of a span id: the inverse of [`span_id`].
#[inline]
pub(crate) const fn serial(id: SpanId) -> u64 {
    let mut serial = id.to_u64();
    serial = (serial ^ serial >> 33).wrapping_mul(0x9cb4_b2f8_1293_37db);
    serial = (serial ^ serial >> 33).wrapping_mul(0x4f74_430c_22a5_4005);
    serial ^ serial >> 33
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
                assert!(seen.insert(span_id(ids.serial())));
            }
            for _ in 0..1_000 {
                assert!(traces.insert(ids.trace_id()));
            }
        }
    }

    #[test]
    fn a_serial_and_its_id_name_each_other() {
        for serial_in in [0, 1, 2, u64::MAX, 0x0123_4567_89ab_cdef] {
            assert_eq!(serial(span_id(serial_in)), serial_in);
        }
        assert_eq!(span_id(0), SpanId::INVALID);
        assert_ne!(span_id(1).to_u64(), 1);
    }

    #[test]
    fn every_bit_of_an_id_is_used() {
        let mut ids = Ids::unseeded();
        ids.seed();
        let (mut ones, mut zeros) = (0, 0);
        for _ in 0..256 {
            let serial = ids.serial();
            assert_eq!(serial & 0xff << 56, BORN);
            let id = span_id(serial).to_u64();
            ones |= id;
            zeros |= !id;
        }
        assert_eq!((ones, zeros), (u64::MAX, u64::MAX));
    }
}
