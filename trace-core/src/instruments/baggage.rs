//! Labels that baggage adds to measurements: only those that the program has allowed, because
//! baggage comes from outside.
//!
//! The baggage values of the allowed keys are numbered as a set, once in the process, so that a
//! record holds two bytes for it. The number is cached beside the entries, so that it is looked up
//! once for all measurements of a request.

use super::label::{Capped, LabelId, name_of};
use crate::context::Baggage;
use crate::fork;
use arc_swap::ArcSwapOption;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError, RwLock};

/// The number of distinct values of a key, unless the program sets another.
pub const CAP: usize = 100;

/// The labels that a measurement gets from its baggage, as the number of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaggageLabels(pub u16);

/// An allowed key.
struct Key {
    name: &'static str,
    cap: usize,
    values: Capped,
}

static ALLOWED: ArcSwapOption<Vec<&'static Key>> = ArcSwapOption::const_empty();
/// Changes with the allowed keys; the low bit is set if there are any.
static GENERATION: AtomicU64 = AtomicU64::new(0);
const HAS_ANY: u64 = 1;

/// All keys that were ever allowed: numbers once assigned stay valid.
static KEYS: Mutex<Vec<&'static Key>> = Mutex::new(Vec::new());

/// Holds this lock across forks.
pub(super) fn keep_over_forks() {
    fork::keep(&KEYS, fork::unchanged);
    fork::keep(&*SETS, fork::unchanged);
}

/// Allows these keys and no others, with `cap` distinct values each.
pub fn allow(names: &[String], cap: usize) {
    let mut known = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut keys: Vec<_> = names.iter().map(|name| key(&mut known, name, cap)).collect();
    // A fixed order, so that each set has one number.
    keys.sort_unstable_by_key(|key| key.name);
    keys.dedup_by_key(|key| key.name);
    let has_any = if keys.is_empty() { 0 } else { HAS_ANY };
    ALLOWED.store((has_any != 0).then(|| keys.into()));
    let generation = (GENERATION.load(Ordering::Relaxed) | HAS_ANY) + 1;
    GENERATION.store(generation | has_any, Ordering::Release);
}

fn key(known: &mut Vec<&'static Key>, name: &str, cap: usize) -> &'static Key {
    if let Some(key) = known.iter().find(|key| key.name == name && key.cap == cap) {
        return key;
    }
    let name = Box::leak(name.into());
    let key: &'static Key = Box::leak(Box::new(Key { name, cap, values: Capped::new(cap) }));
    known.push(key);
    key
}

/// Returns whether any baggage may add labels.
#[inline]
pub(crate) fn is_wanted() -> bool {
    GENERATION.load(Ordering::Relaxed) & HAS_ANY != 0
}

/// The key and value of an entry in a set.
type Pair = (&'static str, LabelId);

#[derive(Default)]
struct Sets {
    numbers: HashMap<&'static [Pair], u16>,
    all: Vec<&'static [Pair]>,
}

static SETS: LazyLock<RwLock<Sets>> = LazyLock::new(RwLock::default);

impl Sets {
    /// The maximum number of distinct sets; beyond it, all values are `other`.
    const MOST: usize = 1 << 14;

    fn number(&mut self, pairs: &[Pair], most: usize) -> Option<u16> {
        if let Some(number) = self.numbers.get(pairs) {
            return Some(*number);
        }
        let number = u16::try_from(self.all.len() + 1).ok();
        let number = number.filter(|number| *number < u16::MAX && self.all.len() < most)?;
        // Kept for the life of the program, like the number.
        let pairs: &'static [Pair] = Box::leak(pairs.into());
        self.all.push(pairs);
        self.numbers.insert(pairs, number);
        Some(number)
    }
}

impl BaggageLabels {
    /// No labels.
    pub const NONE: Self = Self(0);
    /// The labels beyond the limit of series; no set has this number.
    #[cfg(feature = "metrics")]
    pub const OVERFLOW: Self = Self(u16::MAX);

    /// Returns the labels of this baggage.
    pub(crate) fn of(baggage: &Baggage) -> Self {
        let generation = GENERATION.load(Ordering::Acquire);
        if generation & HAS_ANY == 0 || baggage.is_empty() {
            return Self::NONE;
        }
        let noted = baggage.noted();
        if noted >> 16 == generation {
            return Self(noted as u16);
        }
        let found = Self::find(baggage);
        baggage.note(generation << 16 | u64::from(found.0));
        found
    }

    /// Returns whether this baggage is known to have no labels; [`of`](Self::of) determines that.
    #[inline]
    pub(crate) fn are_none_of(baggage: &Baggage) -> bool {
        // Empty in most programs, and then no shared state is read.
        baggage.is_empty()
            || !is_wanted()
            || baggage.noted() == GENERATION.load(Ordering::Relaxed) << 16
    }

    fn find(baggage: &Baggage) -> Self {
        let allowed = ALLOWED.load();
        let allowed = allowed.iter().flat_map(|keys| keys.iter());
        let pairs: Vec<Pair> = allowed
            .filter_map(|key| Some((key.name, key.values.id(baggage.get(key.name)?))))
            .collect();
        if pairs.is_empty() { Self::NONE } else { Self::numbered(pairs) }
    }

    fn numbered(mut pairs: Vec<Pair>) -> Self {
        if let Some(number) =
            SETS.read().unwrap_or_else(PoisonError::into_inner).numbers.get(&*pairs)
        {
            return Self(*number);
        }
        let mut sets = SETS.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = sets.number(&pairs, Sets::MOST) {
            return Self(number);
        }
        pairs.iter_mut().for_each(|(_, value)| *value = LabelId::OTHER);
        sets.number(&pairs, usize::MAX).map_or(Self::NONE, Self)
    }

    /// Returns the keys and values.
    pub fn pairs(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let set = usize::from(self.0).checked_sub(1).and_then(|index| {
            SETS.read().unwrap_or_else(PoisonError::into_inner).all.get(index).copied()
        });
        let pairs = set.unwrap_or_default().iter();
        pairs.filter_map(|(key, value)| Some((*key, name_of(*value)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_one_number_until_there_are_too_many() {
        // Sets keep their contents forever, and so does this static; otherwise a leak checker would
        // report them as lost.
        static SETS: LazyLock<RwLock<Sets>> = LazyLock::new(RwLock::default);
        let mut sets = SETS.write().unwrap();
        let (one, two) = ([("a", LabelId(7))], [("a", LabelId(8))]);
        assert_eq!(sets.number(&one, 1), Some(1));
        assert_eq!((sets.number(&one, 1), sets.number(&two, 1)), (Some(1), None));
        assert_eq!(sets.number(&two, usize::MAX), Some(2));
        sets.all.resize(usize::from(u16::MAX), &[]);
        assert_eq!(sets.number(&[("b", LabelId(7))], usize::MAX), None);
    }
}
