//! Things by key, which are made as they are first looked for.

use crate::collector::table::NumberHasher;
use crate::recorder::alike::Key;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Things by key. What was found last is likely to be looked for next.
pub(super) struct Keyed<T> {
    places: HashMap<Key, u32, BuildHasherDefault<NumberHasher>>,
    last: (Key, u32),
    pub(super) things: Vec<T>,
}

impl<T> Keyed<T> {
    pub(super) const fn new() -> Self {
        let places = HashMap::with_hasher(BuildHasherDefault::new());
        Self { places, last: (Key::NONE, 0), things: Vec::new() }
    }

    #[inline]
    pub(super) fn find(&mut self, key: Key) -> Option<u32> {
        if self.last.0 != key {
            self.last = (key, *self.places.get(&key)?);
        }
        Some(self.last.1)
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
        self.last = (key, place);
    }

    /// Has a key find what is at a place until another one is looked for.
    pub(super) fn name_for_now(&mut self, key: Key, place: u32) {
        self.last = (key, place);
    }

    /// The thing at a place.
    #[inline]
    pub(super) fn at(&mut self, place: u32) -> &mut T {
        &mut self.things[place as usize]
    }
}
