//! Generates random ids without shared state: each thread has its own generators, seeded from the
//! system.
//!
//! Within the process a span is identified by its serial, a count from a random start; outside, by
//! its id, which is the serial scrambled with secret numbers of the process.

use super::capture::{NUMBER, is_counting};
use super::{SpanId, TraceId};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Weyl steps, odd and without pattern; each generator has its own.
const STEP_HIGH: u64 = 0xd1b5_4a32_d192_ed03;
const STEP_LOW: u64 = 0x8bb8_4b93_962e_acc9;

/// The top byte of every serial of this process: the flags of an unremarkable span (see
/// `finish.rs`).
pub(crate) const INITIAL_FLAGS: u64 = 0b10011 << 56;

/// A generator of unpredictable words.
struct Random {
    state: RandomState,
    process: u32,
    now: u64,
    count: u64,
}

fn random_words() -> Random {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Random {
        state: RandomState::new(),
        process: std::process::id(),
        now: now.as_nanos() as u64,
        count: 0,
    }
}

impl Random {
    /// Returns the next word: hashed with keys from the system's random numbers. A thread that
    /// continues in a child process has the same keys there, so process and time are hashed as
    /// well.
    fn next(&mut self) -> u64 {
        self.count += 1;
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(self.count);
        hasher.write_u32(self.process);
        hasher.write_u64(self.now);
        hasher.finish()
    }
}

/// A thread's source of ids.
///
/// Span ids need to be unique within their trace, trace ids everywhere: a trace id comes from two
/// separately seeded generators, so two threads of a fleet would have to agree in 128 bits to
/// repeat each other.
pub(crate) struct Ids {
    /// The serials of this thread are those after it.
    before_first: u64,
    span: u64,
    trace_high: u64,
    trace_low: u64,
}

impl Ids {
    pub(crate) const fn unseeded() -> Self {
        Self { before_first: 0, span: 0, trace_high: 0, trace_low: 0 }
    }

    pub(crate) fn seed(&mut self) {
        let mut random = random_words();
        let mut seed = || random.next();
        // A thread would have to count for years to leave the lower half of 56 bits.
        let span = seed() >> 9 | INITIAL_FLAGS;
        *self = Self { before_first: span, span, trace_high: seed(), trace_low: seed() };
    }

    /// Continues the thread in a child process, alongside the processes of the parent and of its
    /// other children. Its serials still count up, because open spans continue as well.
    pub(crate) fn go_on_in_child(&mut self) {
        /// The distance between processes, which none of them counts through.
        const STEP: u64 = 1 << 40;
        let (before_first, last) = (self.before_first, self.span);
        if last != 0 {
            self.seed();
            self.before_first = before_first;
            self.span = last + 1 + self.span % STEP;
        }
    }

    /// Returns the serial of the next span; never zero.
    // HOT: one addition per recorded span; the external id is computed from it when it is needed.
    #[inline(always)]
    pub(crate) fn serial(&mut self) -> u64 {
        self.span = self.span.wrapping_add(1);
        self.span
    }

    /// Returns the serial that was assigned last.
    #[inline(always)]
    pub(crate) fn last(&self) -> u64 {
        self.span
    }

    /// Returns whether this thread has assigned that serial. It may be wrong about a serial of another thread, by a
    /// chance of far less than one in a million; for each fork that the thread has lived through, of one in 30,000.
    #[inline]
    pub(crate) fn has_assigned(&self, serial: u64) -> bool {
        serial > self.before_first && serial <= self.span
    }

    /// Returns the next trace id; never zero, its lower 56 bits random (W3C Level 2's random flag).
    #[inline]
    pub(crate) fn trace_id(&mut self) -> TraceId {
        self.trace_high = self.trace_high.wrapping_add(STEP_HIGH);
        self.trace_low = self.trace_low.wrapping_add(STEP_LOW);
        let (high, low) = (mix(self.trace_high), mix(self.trace_low));
        TraceId::from_u128((u128::from(high) << 64 | u128::from(low)).max(1))
    }
}

/// The mapping from serials to ids in this process. An id does not reveal how many spans came
/// before, nor which others are of the same thread.
///
/// Four rounds of a Feistel network (Luby and Rackoff, 1988), each with a secret multiplier and a
/// secret addend. Not a cipher, which would cost the collector more than everything else it does
/// for a span; but an id reveals nothing of the secret.
struct Keys([(u64, u64); 4]);

impl Keys {
    fn random() -> Self {
        let mut random = random_words();
        Self(std::array::from_fn(|_| (random.next(), random.next() | 1)))
    }

    /// Returns the keys of the process; a forked child has its parent's, whose spans are the
    /// parents of the child's spans.
    #[inline]
    fn get() -> &'static Self {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(Self::random)
    }

    /// Returns what a round adds to one half.
    #[inline(always)]
    fn round((addend, multiplier): (u64, u64), half: u32) -> u32 {
        let wide = u128::from(u64::from(half) ^ addend) * u128::from(multiplier);
        let folded = (wide >> 64) as u64 ^ wide as u64;
        (folded >> 32) as u32 ^ folded as u32
    }

    #[inline]
    fn permute(&self, word: u64) -> u64 {
        let (mut high, mut low) = ((word >> 32) as u32, word as u32);
        for key in self.0 {
            (high, low) = (low, high ^ Self::round(key, low));
        }
        u64::from(high) << 32 | u64::from(low)
    }

    #[inline]
    fn invert(&self, word: u64) -> u64 {
        let (mut high, mut low) = ((word >> 32) as u32, word as u32);
        for key in self.0.into_iter().rev() {
            (high, low) = (low ^ Self::round(key, high), high);
        }
        u64::from(high) << 32 | u64::from(low)
    }

    /// Applies a bijection that keeps zero: the value that would become zero becomes what zero
    /// would become.
    #[inline]
    fn id(&self, serial: u64) -> u64 {
        match (serial, self.permute(serial)) {
            (0, _) => 0,
            (_, 0) => self.permute(0),
            (_, id) => id,
        }
    }

    /// Applies the inverse of [`id`](Self::id).
    #[inline]
    fn serial(&self, id: u64) -> u64 {
        match (id, self.invert(id)) {
            (0, _) => 0,
            (_, 0) => self.invert(0),
            (_, serial) => serial,
        }
    }
}

/// Returns the span id of a serial.
#[inline]
pub(crate) fn span_id(serial: u64) -> SpanId {
    SpanId::from_u64(Keys::get().id(serial))
}

/// Returns the serial of a span id: the inverse of [`span_id`].
#[inline]
pub(crate) fn serial(id: SpanId) -> u64 {
    Keys::get().serial(id.to_u64())
}

/// A flag in the serial of a span that a capture counts: no thread's own count reaches it.
const COUNTED: u64 = 1 << 55;

/// Returns the serial of the `count`th span of a capture: its id is the count.
pub(crate) const fn counted(capture: u32, count: u32) -> u64 {
    INITIAL_FLAGS | COUNTED | (capture as u64) << 32 | count as u64
}

/// Returns the capture that counts the span of this serial.
#[inline(always)]
pub(crate) const fn capture_of(serial: u64) -> Option<u32> {
    if serial >> 55 == (INITIAL_FLAGS | COUNTED) >> 55 {
        Some((serial >> 32) as u32 & NUMBER)
    } else {
        None
    }
}

/// Returns the position of a span's start among all of its capture, if the capture counts.
pub const fn count_of(serial: u64) -> Option<u64> {
    if capture_of(serial).is_some() { Some(serial & u32::MAX as u64) } else { None }
}

/// Returns the span id of a serial in a context of this capture.
#[inline]
pub fn span_id_in(serial: u64, capture: u32) -> SpanId {
    if is_counting(capture) && capture_of(serial) == Some(capture & NUMBER) {
        return SpanId::from_u64(serial & u64::from(u32::MAX));
    }
    span_id(serial)
}

/// Returns the serial of a span id in a context of this capture: the inverse of [`span_id_in`]. Ids
/// from outside are random, and none of those is as small as a count.
#[inline]
pub(crate) fn serial_in(id: SpanId, capture: u32) -> u64 {
    match u32::try_from(id.to_u64()) {
        Ok(count @ 1..) if is_counting(capture) => counted(capture & NUMBER, count),
        _ => serial(id),
    }
}

/// Folds a wide multiplication onto itself, as wyhash does (Wang Yi, 2019).
#[inline(always)]
fn mix(value: u64) -> u64 {
    let wide =
        u128::from(value ^ 0xa076_1d64_78bd_642f) * u128::from(value ^ 0xe703_7ed1_a0b4_28db);
    (wide >> 64) as u64 ^ wide as u64
}

#[cfg(test)]
mod tests {
    use super::super::capture::DETERMINISTIC;
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
        let keys = Keys::random();
        // The value that becomes zero, and the one that zero would become.
        let (before, after) = (keys.invert(0), keys.permute(0));
        assert_eq!((keys.id(before), keys.serial(after)), (after, before));
        assert_eq!((keys.id(0), keys.serial(0)), (0, 0));
        assert_eq!(span_id(0), SpanId::INVALID);
        assert_ne!(span_id(1).to_u64(), 1);
    }

    #[test]
    fn what_a_capture_counts_has_its_count_for_an_id() {
        let capture = 0x7f_0001 | DETERMINISTIC;
        let serial = counted(capture & NUMBER, 7);
        assert_eq!(span_id_in(serial, capture), SpanId::from_u64(7));
        assert_eq!(serial_in(SpanId::from_u64(7), capture), serial);
        assert_eq!((capture_of(serial), count_of(serial)), (Some(0x7f_0001), Some(7)));
        // Outside that capture it is an ordinary number.
        for capture in [0, 1, 1 | DETERMINISTIC] {
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
    fn ids_reveal_neither_counts_nor_threads() {
        let (one, other) = (Keys::random(), Keys::random());
        let mut changed = 0;
        for serial in (0..4_096).map(|count| INITIAL_FLAGS | count << 3) {
            assert_ne!(one.id(serial), other.id(serial));
            // Whichever bit of a serial differs, half of the id's bits do.
            let bit = 1 << ((serial >> 3) % 56);
            changed += (one.id(serial) ^ one.id(serial ^ bit)).count_ones();
        }
        let share = f64::from(changed) / (64.0 * 4_096.0);
        assert!((0.49..0.51).contains(&share), "{share}");
    }

    #[test]
    fn every_bit_of_an_id_is_used() {
        let mut ids = Ids::unseeded();
        ids.seed();
        let (mut ones, mut zeros) = (0, 0);
        for _ in 0..256 {
            let serial = ids.serial();
            assert_eq!(serial & 0xff << 56, INITIAL_FLAGS);
            let id = span_id(serial).to_u64();
            ones |= id;
            zeros |= !id;
        }
        assert_eq!((ones, zeros), (u64::MAX, u64::MAX));
    }
}
