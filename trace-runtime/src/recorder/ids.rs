//! Random ids without shared state: each thread has its own generators, seeded from the system.
//!
//! Within the process a span goes by its serial, a count from a random start; everybody else knows
//! it by its id, which is the serial scrambled.

use crate::context::{SpanId, TraceId};
use crate::scope;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Weyl steps, odd and without pattern; each generator has its own.
const STEP_HIGH: u64 = 0xd1b5_4a32_d192_ed03;
const STEP_LOW: u64 = 0x8bb8_4b93_962e_acc9;

/// The top byte of every serial of this process: the flags of a span that nothing has happened to
/// (see `finish.rs`).
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

    /// The serial that was given last.
    #[inline(always)]
    pub(crate) fn last(&self) -> u64 {
        self.span
    }

    /// Whether this thread may have given that serial; it may also be that of another one.
    pub(crate) fn may_have_given(&self, serial: u64) -> bool {
        const MOST: u64 = 1 << 48;
        serial != 0 && self.span.wrapping_sub(serial) < MOST
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

/// In the serial of a span that a capture counts: no thread's own count gets there.
const COUNTED: u64 = 1 << 55;

/// The serial of the `count`th span of a capture: its id is the count.
pub(crate) const fn counted(capture: u32, count: u32) -> u64 {
    BORN | COUNTED | (capture as u64) << 32 | count as u64
}

/// The capture that counts the span of this serial.
#[inline(always)]
pub(crate) const fn capture_of(serial: u64) -> Option<u32> {
    if serial >> 55 == (BORN | COUNTED) >> 55 {
        Some((serial >> 32) as u32 & scope::NUMBER)
    } else {
        None
    }
}

/// The position of a span's start among all of its capture, where that is counted.
pub(crate) const fn count_of(serial: u64) -> Option<u64> {
    if capture_of(serial).is_some() { Some(serial & u32::MAX as u64) } else { None }
}

/// The span id of a serial in a context of this capture.
#[inline]
pub(crate) fn span_id_in(serial: u64, capture: u32) -> SpanId {
    if scope::is_counting(capture) && capture_of(serial) == Some(capture & scope::NUMBER) {
        return SpanId::from_u64(serial & u64::from(u32::MAX));
    }
    span_id(serial)
}

/// The serial of a span id in a context of this capture: the inverse of [`span_id_in`]. Ids that
/// others made are random, and none of those is as small as a count.
#[inline]
pub(crate) fn serial_in(id: SpanId, capture: u32) -> u64 {
    match u32::try_from(id.to_u64()) {
        Ok(count @ 1..) if scope::is_counting(capture) => counted(capture & scope::NUMBER, count),
        _ => serial(id),
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
    fn what_a_capture_counts_has_its_count_for_an_id() {
        let capture = 0x7f_0001 | scope::DETERMINISTIC;
        let serial = counted(capture & scope::NUMBER, 7);
        assert_eq!(span_id_in(serial, capture), SpanId::from_u64(7));
        assert_eq!(serial_in(SpanId::from_u64(7), capture), serial);
        assert_eq!((capture_of(serial), count_of(serial)), (Some(0x7f_0001), Some(7)));
        // Outside that capture it is a number like others.
        for capture in [0, 1, 1 | scope::DETERMINISTIC] {
            assert_eq!(span_id_in(serial, capture), span_id(serial));
        }
        assert_eq!(serial_in(SpanId::INVALID, capture), 0);
        let mut ids = Ids::unseeded();
        ids.seed();
        let random = ids.serial();
        assert_eq!(capture_of(random), None);
        assert_eq!(serial_in(span_id_in(random, capture), capture), random);
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
