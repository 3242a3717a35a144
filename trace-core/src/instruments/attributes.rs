//! Attribute sets: the attributes with which a library measures, numbered once in the process.
//!
//! A library prepares the attributes of its measurements a set at a time, so that a record holds
//! one number for all of them, whatever their keys and types are. Sets live as long as the program;
//! their number and their bytes are limited.

use super::label::Labels;
use crate::fork;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

/// The value of an attribute of a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttributeValue {
    /// Text.
    Text(Box<str>),
    /// An integer.
    Number(i64),
    /// A boolean.
    Bool(bool),
}

/// A key and its value.
pub type Attribute = (&'static str, AttributeValue);

/// The number of a set of attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributeSet(u32);

/// The maximum number of sets of a process.
const MOST: usize = 1 << 13;
/// The maximum number of bytes of all sets of a process.
const BYTES: usize = 4 << 20;

/// The attributes of a set beyond the limits, which are those of the SDK's own
/// ([cardinality limits](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute)).
static BEYOND: [Attribute; 1] = [("otel.metric.overflow", AttributeValue::Bool(true))];

/// All sets, by contents and by number, the first of which is 1.
#[derive(Default)]
struct Sets {
    numbers: HashMap<&'static [Attribute], u32>,
    all: Vec<&'static [Attribute]>,
    bytes: usize,
}

/// A table without the set.
struct Missing {
    has_room: bool,
}

static SETS: LazyLock<RwLock<Sets>> = LazyLock::new(RwLock::default);

/// Holds this lock across forks.
pub(super) fn keep_over_forks() {
    fork::keep(&*SETS, fork::unchanged);
}

impl Sets {
    fn find(&self, attributes: &[Attribute], most: usize, bytes: usize) -> Result<u32, Missing> {
        let has_room = || self.all.len() < most && bytes_of(attributes) <= bytes - self.bytes;
        self.numbers.get(attributes).copied().ok_or_else(|| Missing { has_room: has_room() })
    }

    fn number(&mut self, attributes: &[Attribute], most: usize, bytes: usize) -> Option<u32> {
        match self.find(attributes, most, bytes) {
            Ok(number) => Some(number),
            Err(Missing { has_room: true }) => Some(self.add(attributes)),
            Err(Missing { has_room: false }) => None,
        }
    }

    fn add(&mut self, attributes: &[Attribute]) -> u32 {
        self.bytes += bytes_of(attributes);
        let attributes: &'static [Attribute] = Box::leak(attributes.into());
        self.all.push(attributes);
        let number = self.all.len() as u32;
        self.numbers.insert(attributes, number);
        number
    }
}

/// Returns the number of bytes that a set takes.
fn bytes_of(attributes: &[Attribute]) -> usize {
    let text = |(_, value): &Attribute| match value {
        AttributeValue::Text(text) => text.len(),
        AttributeValue::Number(_) | AttributeValue::Bool(_) => 0,
    };
    size_of_val(attributes) + attributes.iter().map(text).sum::<usize>()
}

impl AttributeSet {
    /// No attributes.
    pub const NONE: Self = Self(0);
    /// Any attributes beyond the limits. Its only attribute is the one by which the SDK marks overflow.
    pub const OVERFLOW: Self = Self(u32::MAX);

    /// Returns the set of these attributes, or [`OVERFLOW`](Self::OVERFLOW) if there are too many
    /// sets. Takes a lock, which is shared unless the set is new and there is room for it.
    pub fn of(attributes: &[Attribute]) -> Self {
        if attributes.is_empty() {
            return Self::NONE;
        }
        let sets = SETS.read().unwrap_or_else(PoisonError::into_inner);
        match sets.find(attributes, MOST, BYTES) {
            Ok(number) => return Self(number),
            Err(Missing { has_room: false }) => return Self::OVERFLOW,
            Err(Missing { has_room: true }) => drop(sets),
        }
        let mut sets = SETS.write().unwrap_or_else(PoisonError::into_inner);
        sets.number(attributes, MOST, BYTES).map_or(Self::OVERFLOW, Self)
    }

    /// Returns the attributes.
    pub fn attributes(self) -> &'static [Attribute] {
        if self == Self::OVERFLOW {
            return &BEYOND;
        }
        let Some(index) = (self.0 as usize).checked_sub(1) else { return &[] };
        let sets = SETS.read().unwrap_or_else(PoisonError::into_inner);
        sets.all.get(index).copied().unwrap_or_default()
    }

    /// Returns the set of this number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number, which the set keeps for the life of the program.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Returns the set in the labels of a record.
    pub fn in_labels(labels: Labels) -> Self {
        Self(labels.low as u32)
    }

    /// Returns the labels that stand for the set in a record.
    #[cfg(feature = "metrics")]
    #[inline(always)]
    pub(crate) fn as_labels(self) -> Labels {
        Labels { low: self.0.into(), high: 0 }
    }
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use super::*;

    fn set(number: i64) -> [Attribute; 2] {
        [("a", AttributeValue::Number(number)), ("b", AttributeValue::Text("x".repeat(100).into()))]
    }

    #[test]
    fn a_set_has_one_number_and_comes_back() {
        let (one, two) = (AttributeSet::of(&set(1)), AttributeSet::of(&set(2)));
        assert_ne!(one, two);
        assert_eq!((AttributeSet::of(&set(1)), one.attributes()), (one, &set(1)[..]));
        assert_eq!(AttributeSet::in_labels(two.as_labels()), two);
        assert_eq!(AttributeSet::of(&[]), AttributeSet::NONE);
        assert!(AttributeSet::NONE.attributes().is_empty());
        let overflow = AttributeSet::OVERFLOW.attributes();
        assert_eq!(overflow, [("otel.metric.overflow", AttributeValue::Bool(true))]);
    }

    #[test]
    fn neither_their_number_nor_their_bytes_grow_without_end() {
        // Sets keep their contents forever, and so does this static; otherwise a leak checker would
        // report them as lost.
        static SETS: LazyLock<RwLock<Sets>> = LazyLock::new(RwLock::default);
        let mut sets = SETS.write().unwrap();
        assert_eq!(sets.number(&set(1), 1, 1000), Some(1));
        assert_eq!((sets.number(&set(2), 1, 1000), sets.number(&set(1), 1, 1000)), (None, Some(1)));
        let full = sets.bytes + 100;
        assert_eq!((sets.number(&set(2), 9, full), sets.number(&set(2), 9, 1000)), (None, Some(2)));
    }
}
