//! Things by key, which are made as they are first looked for.

use crate::collector::table::NumberHasher;
use crate::recorder::alike::Key;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Things by key. What was found recently is likely to be looked for next.
pub(super) struct Keyed<T> {
    places: HashMap<Key, u32, BuildHasherDefault<NumberHasher>>,
    /// Those found recently, each at the slot of its key.
    recent: [(Key, u32); RECENT],
    pub(super) things: Vec<T>,
}

/// The number of keys that are found without a look at the table.
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

    /// Puts a thing behind the others.
    pub(super) fn push(&mut self, key: Key, thing: T) -> u32 {
        let place = self.things.len() as u32;
        self.things.push(thing);
        self.name(key, place);
        place
    }

    /// Has a further key find what is at a place.
    pub(super) fn name(&mut self, key: Key, place: u32) {
        self.places.insert(key, place);
        self.name_for_now(key, place);
    }

    /// Has a key find what is at a place until it is forgotten.
    pub(super) fn name_for_now(&mut self, key: Key, place: u32) {
        *self.slot(&key) = (key, place);
    }

    /// The thing at a place.
    #[inline]
    pub(super) fn at(&mut self, place: u32) -> &mut T {
        &mut self.things[place as usize]
    }
}
