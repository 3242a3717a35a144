//! Writes the members of JSON objects, and the lists among them of which a part is written.

use crate::export::room::Room;
use crate::json::{array, text};
use std::fmt::{Display, Write as _};

/// The members of an object; those that have their default are left out, unless a method is documented to write them.
pub(super) struct Members<'o> {
    out: &'o mut String,
    is_first: bool,
}

/// Appends an object.
pub(super) fn object(out: &mut String, members: impl FnOnce(&mut Members<'_>)) {
    out.push('{');
    members(&mut Members { out, is_first: true });
    out.push('}');
}

/// Appends a 64-bit integer, which JSON has as text.
pub(super) fn long(out: &mut String, number: impl Display) {
    let _ = write!(out, "\"{number}\"");
}

impl Members<'_> {
    pub(super) fn member(&mut self, name: &str, value: impl FnOnce(&mut String)) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
        let _ = write!(self.out, "\"{name}\":");
        value(self.out);
    }

    pub(super) fn object(&mut self, name: &str, members: impl FnOnce(&mut Members<'_>)) {
        self.member(name, |out| object(out, members));
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.member(name, |out| text(out, value));
        }
    }

    pub(super) fn number(&mut self, name: &str, number: impl Into<i64>) {
        let number = number.into();
        if number != 0 {
            self.member(name, |out| {
                let _ = write!(out, "{number}");
            });
        }
    }

    /// Adds a 64-bit integer, or an id, even if it is zero.
    pub(super) fn long(&mut self, name: &str, number: impl Display) {
        self.member(name, |out| long(out, number));
    }

    /// Adds the key of an attribute, even if it is empty: some readers require it.
    pub(super) fn key(&mut self, key: &str) {
        self.member("key", |out| text(out, key));
    }

    /// Adds the elements of a value, even if there are none: some readers require them.
    pub(super) fn values<T>(
        &mut self,
        values: impl IntoIterator<Item = T>,
        value: impl FnMut(&mut String, T),
    ) {
        self.member("values", |out| array(out, values, value));
    }

    pub(super) fn list<T>(
        &mut self,
        name: &str,
        elements: impl IntoIterator<Item = T>,
        element: impl FnMut(&mut String, T),
    ) {
        let mut elements = elements.into_iter().peekable();
        if elements.peek().is_some() {
            self.member(name, |out| array(out, elements, element));
        }
    }

    /// Adds a list of the items that belong to this message and fit into it.
    pub(super) fn items<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        room: &mut Room,
        mut item: impl FnMut(&mut String, T),
    ) {
        self.part(name, items, room, |out, each, is_first, room| {
            room.take(out, |out| {
                separate(out, is_first);
                item(out, each);
            });
        });
    }

    /// Adds a list of the groups that have items in this message.
    pub(super) fn groups<T>(
        &mut self,
        name: &str,
        groups: impl IntoIterator<Item = T>,
        room: &mut Room,
        mut group: impl FnMut(&mut String, T, &mut Room),
    ) {
        self.part(name, groups, room, |out, each, is_first, room| {
            room.group(out, |out, room| {
                separate(out, is_first);
                group(out, each, room);
            });
        });
    }

    /// Adds a list of what `add` writes, or nothing if that contains no item.
    fn part<T>(
        &mut self,
        name: &str,
        elements: impl IntoIterator<Item = T>,
        room: &mut Room,
        mut add: impl FnMut(&mut String, T, bool, &mut Room),
    ) {
        let (before, taken, was_first) = (self.out.len(), room.taken(), self.is_first);
        self.member(name, |out| {
            out.push('[');
            for element in elements {
                let is_first = room.taken() == taken;
                add(out, element, is_first, room);
            }
            out.push(']');
        });
        if room.taken() == taken {
            self.out.truncate(before);
            self.is_first = was_first;
        }
    }
}

fn separate(out: &mut String, is_first: bool) {
    if !is_first {
        out.push(',');
    }
}
