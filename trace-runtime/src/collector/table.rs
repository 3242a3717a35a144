//! Keeps entries by serial.
//!
//! An entry is never moved before it is removed, because spans are large.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys are numbers that attackers cannot choose: serials, which count up, or
/// addresses.
pub(super) type NumberMap<T> = HashMap<u64, T, BuildHasherDefault<NumberHasher>>;

/// Returns an empty map; usable in constants.
pub(super) const fn no_numbers<T>() -> NumberMap<T> {
    NumberMap::with_hasher(BuildHasherDefault::new())
}

/// A hasher that spreads a number over all bits, because the table uses the lowest and the highest.
#[derive(Default)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u64(&mut self, number: u64) {
        let wide = u128::from(self.0 ^ number) * 0x9e37_79b9_7f4a_7c15;
        self.0 = wide as u64 ^ (wide >> 64) as u64;
    }
}

/// A hasher that keeps eight consecutive serials side by side, because they come and go together.
/// Most look-ups then hit a cache line that is already loaded. Blocks of eight are spread like
/// numbers.
#[derive(Default)]
struct SerialHasher(u64);

impl Hasher for SerialHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u64(&mut self, serial: u64) {
        let mut block = NumberHasher(self.0);
        block.write_u64(serial >> 3);
        let within = serial & 7;
        // The table compares the highest bits first.
        self.0 = (block.0 & !7 | within) ^ within << 61;
    }
}

/// A table with more slots than this releases its memory once it is empty.
const KEPT: usize = 4_096;

/// A table of entries by serial.
pub(super) struct Table<T> {
    places: HashMap<u64, u32, BuildHasherDefault<SerialHasher>>,
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Table<T> {
    pub(super) const EMPTY: Self = Self {
        places: HashMap::with_hasher(BuildHasherDefault::new()),
        slots: Vec::new(),
        free: Vec::new(),
    };

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    #[inline]
    pub(super) fn insert(&mut self, serial: u64, open: T) {
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = Some(open);
                place
            }
            None => {
                self.slots.push(Some(open));
                self.slots.len() as u32 - 1
            }
        };
        if let Some(forgotten) = self.places.insert(serial, place) {
            self.slots[forgotten as usize] = None;
            self.free.push(forgotten);
        }
    }

    pub(super) fn get(&self, serial: u64) -> Option<&T> {
        self.slots[*self.places.get(&serial)? as usize].as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, serial: u64) -> Option<&mut T> {
        self.slots[*self.places.get(&serial)? as usize].as_mut()
    }

    /// Removes an entry and returns it.
    #[inline]
    pub(super) fn remove(&mut self, serial: u64) -> Option<T> {
        let place = self.places.remove(&serial)?;
        self.free.push(place);
        self.slots[place as usize].take()
    }

    /// Iterates over all entries.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    /// Releases memory that only a burst needed.
    pub(super) fn trim(&mut self) {
        if self.slots.len() > KEPT && self.places.is_empty() {
            *self = Self::EMPTY;
        }
        let room = self.places.capacity();
        if room > 4 * KEPT && room / 16 > self.places.len() {
            self.places.shrink_to(4 * self.places.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        let mut open = Table::EMPTY;
        for round in 0..10 {
            (0..100).for_each(|serial| open.insert(serial << 56 | serial, serial));
            assert_eq!(open.len(), 100);
            open.insert(7 << 56 | 7, round);
            assert_eq!(open.len(), 100);
            assert_eq!(open.get_mut(7 << 56 | 7), Some(&mut round.clone()));
            for serial in (0..100).rev() {
                assert!(open.remove(serial << 56 | serial).is_some());
                assert!(open.remove(serial << 56 | serial).is_none());
            }
        }
        assert_eq!((open.slots.len(), open.free.len()), (101, 101));
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let mut open = Table::EMPTY;
        (0..10_000).for_each(|serial| open.insert(serial, ()));
        (1..10_000).for_each(|serial| assert!(open.remove(serial).is_some()));
        open.trim();
        assert_eq!(open.slots.len(), 10_000);
        open.remove(0);
        open.trim();
        assert_eq!(open.slots.capacity(), 0);
    }
}
