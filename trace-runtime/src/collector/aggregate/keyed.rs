//! Keeps entries by key, with a cache of the keys found recently.

use crate::collector::table::NumberHasher;
use crate::recorder::alike::Key;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Entries by key. A key that was found recently is likely to be looked up next.
pub(super) struct Keyed<T> {
    places: HashMap<Key, u32, BuildHasherDefault<NumberHasher>>,
    /// The keys found recently, each at its slot.
    recent: [(Key, u32); RECENT],
    pub(super) things: Vec<T>,
}

/// The number of keys that are found without a look-up in the table.
const RECENT: usize = 16;

impl<T> Keyed<T> {
    pub(super) const fn new() -> Self {
        let places = HashMap::with_hasher(BuildHasherDefault::new());
        Self { places, recent: [(Key::NONE, 0); RECENT], things: Vec::new() }
    }

    #[inline]
    fn slot(&mut self, key: &Key) -> &mut (Key, u32) {
        &mut self.recent[key.spread() as usize % RECENT]
    }

    #[inline]
    pub(super) fn find(&mut self, key: Key) -> Option<u32> {
        let (recent, place) = *self.slot(&key);
        if recent == key {
            return Some(place);
        }
        let place = *self.places.get(&key)?;
        *self.slot(&key) = (key, place);
        Some(place)
    }

    /// Appends an entry; returns its place.
    pub(super) fn push(&mut self, key: Key, thing: T) -> u32 {
        let place = self.things.len() as u32;
        self.things.push(thing);
        self.name(key, place);
        place
    }

    /// Lets a further key find the entry at a place.
    pub(super) fn name(&mut self, key: Key, place: u32) {
        self.places.insert(key, place);
        self.name_for_now(key, place);
    }

    /// Lets a key find the entry at a place until the cache drops the key.
    pub(super) fn name_for_now(&mut self, key: Key, place: u32) {
        *self.slot(&key) = (key, place);
    }

    /// Returns the entry at a place.
    #[inline]
    pub(super) fn at(&mut self, place: u32) -> &mut T {
        &mut self.things[place as usize]
    }
}
