//! Reads an event of a finished span.

use super::attributes::Attributes;
use super::items::Item;
use crate::recorder::words::RecordedValue;
use crate::site::SiteInfo;
use std::fmt;

/// An event: something that happened within a span.
#[derive(Clone, Copy)]
pub struct FinishedEvent<'a> {
    pub(super) item: Item<'a>,
    pub(super) site: &'static SiteInfo,
}

impl<'a> FinishedEvent<'a> {
    /// Returns when it happened, in nanoseconds since the Unix epoch.
    pub fn unix_nanos(self) -> u64 {
        self.item.reader().word()
    }

    /// Returns its name.
    pub fn name(self) -> &'a str {
        let mut reader = self.item.reader();
        reader.take(2);
        reader.text()
    }

    /// Returns the number of attributes over the limit.
    pub fn dropped_attributes(self) -> u32 {
        let mut reader = self.item.reader();
        reader.take(1);
        reader.word() as u32
    }

    /// Returns its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        let mut reader = self.item.reader();
        reader.word();
        let shown = (reader.word() >> 32) as u32;
        reader.text();
        Attributes::of_chunk(self.site, reader.chunk(), shown)
    }

    /// Returns the value of the attribute `key`.
    pub fn attribute(self, key: &str) -> Option<RecordedValue<'a>> {
        self.attributes().find_map(|(name, value)| (name == key).then_some(value))
    }
}

impl fmt::Debug for FinishedEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedEvent")
            .field("name", &self.name())
            .field("unix_nanos", &self.unix_nanos())
            .field("attributes", &self.attributes())
            .finish_non_exhaustive()
    }
}
