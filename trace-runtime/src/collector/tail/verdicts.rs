//! Remembers the verdicts about recent traces, for spans of theirs that come later.

use super::judge::Reason;
use crate::context::TraceId;
use crate::loss::DropReason;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// The number of places; each trace has one of them.
const PLACES: usize = 1 << 14;
/// The number of low bits that hold a verdict.
const VERDICT_BITS: u32 = 4;

/// What was decided about a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Undecided,
    Kept(Reason),
    Dropped(Cause),
}

/// Why a trace is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nothing speaks for it, and it is not among the share.
    SampledOut,
    /// Others needed its memory before anything spoke for it.
    Evicted,
    /// It was to be kept, and a budget or a quota was used up.
    Quota,
    /// Its tenant is switched off.
    SwitchedOff,
}

impl Cause {
    const ALL: [Self; 4] = [Self::SampledOut, Self::Evicted, Self::Quota, Self::SwitchedOff];

    /// Returns the reason as which its spans are counted.
    pub(super) fn reason(self) -> DropReason {
        match self {
            Self::SampledOut => DropReason::SampledOut,
            Self::Evicted => DropReason::Evicted,
            Self::Quota => DropReason::Quota,
            Self::SwitchedOff => DropReason::SwitchedOff,
        }
    }
}

/// Counts of spans that were dropped and are not in the books yet, by cause.
#[derive(Default)]
pub(super) struct Dropped([u64; Cause::ALL.len()]);

impl Dropped {
    /// Adds spans that were dropped.
    pub(super) fn count(&mut self, cause: Cause, spans: u64) {
        self.0[cause as usize] += spans;
    }

    /// Takes the counts.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (DropReason, u64)> {
        Cause::ALL.map(Cause::reason).into_iter().zip(std::mem::take(&mut self.0))
    }
}

impl Verdict {
    /// Returns a number other than 0.
    fn to_bits(self) -> u64 {
        match self {
            Self::Undecided => 0,
            Self::Dropped(cause) => 1 + cause as u64,
            Self::Kept(reason) => 1 + Cause::ALL.len() as u64 + reason as u64,
        }
    }

    fn from_bits(bits: u64) -> Self {
        let dropped = Cause::ALL.into_iter().map(Self::Dropped);
        let kept = Reason::ALL.into_iter().map(Self::Kept);
        let mut all = [Self::Undecided].into_iter().chain(dropped).chain(kept);
        all.nth(bits as usize).unwrap_or(Self::Undecided)
    }
}

/// The latest verdicts. A newer one replaces an older one in the same place.
pub(super) struct Verdicts {
    /// The upper bits of a trace's hash, and the verdict.
    places: Vec<u64>,
    hash: TraceHash,
}

impl Verdicts {
    pub(super) fn new(hash: TraceHash) -> Self {
        Self { places: Vec::new(), hash }
    }

    pub(super) fn remember(&mut self, id: TraceId, verdict: Verdict) {
        self.places.resize(PLACES, 0);
        let hash = self.hash.hash_one(id);
        let place = Self::place(hash);
        self.places[place] = hash >> VERDICT_BITS << VERDICT_BITS | verdict.to_bits();
    }

    pub(super) fn get(&self, id: TraceId) -> Verdict {
        let hash = self.hash.hash_one(id);
        match self.places.get(Self::place(hash)) {
            Some(&entry) if (entry ^ hash) >> VERDICT_BITS == 0 => {
                Verdict::from_bits(entry & ((1 << VERDICT_BITS) - 1))
            }
            _ => Verdict::Undecided,
        }
    }

    /// Takes the place from bits that an entry contains as well: the others tell traces apart.
    fn place(hash: u64) -> usize {
        (hash >> VERDICT_BITS) as usize % PLACES
    }

    /// Returns the bytes that are allocated.
    pub(super) fn capacity(&self) -> usize {
        8 * self.places.capacity()
    }
}

/// A keyed hash for the ids of traces, which callers choose.
#[derive(Clone)]
pub(super) struct TraceHash([u64; 2]);

impl TraceHash {
    /// Creates a hash with a random key.
    pub(super) fn new() -> Self {
        Self([1, 2].map(|number: u64| RandomState::new().hash_one(number)))
    }
}

impl BuildHasher for TraceHash {
    type Hasher = TraceHasher;

    #[inline]
    fn build_hasher(&self) -> TraceHasher {
        TraceHasher { key: self.0, hash: 0 }
    }
}

/// The hasher of [`TraceHash`]: the product of both halves of the id, each with a part of the key,
/// folded.
pub(super) struct TraceHasher {
    key: [u64; 2],
    hash: u64,
}

impl Hasher for TraceHasher {
    fn finish(&self) -> u64 {
        self.hash
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u128(byte.into()));
    }

    #[inline]
    fn write_u128(&mut self, id: u128) {
        let [high, low] = [(id >> 64) as u64 ^ self.key[0], id as u64 ^ self.key[1] ^ self.hash];
        let product = u128::from(high) * u128::from(low);
        let folded = product as u64 ^ (product >> 64) as u64;
        // The product alone depends little on a half that is multiplied by a small number.
        let product = u128::from(folded ^ low) * u128::from(self.key[0] | 1);
        self.hash = product as u64 ^ (product >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DROPPED: Verdict = Verdict::Dropped(Cause::SampledOut);

    #[test]
    fn verdicts_are_remembered_and_the_oldest_give_way() {
        let mut verdicts = Verdicts::new(TraceHash::new());
        let id = |n: usize| TraceId::from_u128(n as u128 + 1);
        assert_eq!(verdicts.get(id(0)), Verdict::Undecided);
        let kept = Reason::ALL.map(Verdict::Kept);
        for (n, verdict) in Cause::ALL.map(Verdict::Dropped).into_iter().chain(kept).enumerate() {
            verdicts.remember(id(n), verdict);
            assert_eq!(verdicts.get(id(n)), verdict);
        }
        for n in 0..2 * PLACES {
            verdicts.remember(id(n), DROPPED);
            assert_eq!(verdicts.get(id(n)), DROPPED);
        }
        let known = (0..2 * PLACES).filter(|&n| verdicts.get(id(n)) == DROPPED).count();
        assert!(known <= PLACES && known > PLACES / 2, "{known}");
        assert_eq!(verdicts.get(id(3 * PLACES)), Verdict::Undecided);
    }

    #[test]
    fn ids_that_differ_in_few_bits_are_spread() {
        let hash = TraceHash::new();
        for shift in [0, 20, 50, 64, 100] {
            let places = (0..4_096_u128).map(|n| hash.hash_one(TraceId::from_u128(n << shift)));
            let mut places: Vec<_> = places.map(Verdicts::place).collect();
            places.sort_unstable();
            places.dedup();
            // As many as random places would be, about 3,600.
            assert!(places.len() > 3_400, "{shift}: {}", places.len());
        }
    }
}
