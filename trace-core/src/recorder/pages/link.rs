//! Reads a link of a finished span.

use super::attributes::Attributes;
use super::head::{exported_flags, trace_id};
use super::items::Item;
use crate::context::{SpanContext, SpanId, in_capture};
use crate::site::SiteInfo;
use std::fmt;

/// A link to another span.
#[derive(Clone, Copy)]
pub struct FinishedLink<'a> {
    pub(super) item: Item<'a>,
    pub(super) site: &'static SiteInfo,
}

impl<'a> FinishedLink<'a> {
    /// Returns the identity of the linked span.
    pub fn context(self) -> SpanContext {
        let mut reader = self.item.reader();
        let trace_id = trace_id([reader.word(), reader.word()]);
        let span_id = reader.word();
        let flags = reader.word();
        reader.word();
        let trace_state = reader.text();
        let new = if flags >> 8 & 1 != 0 { SpanContext::remote } else { SpanContext::new };
        let mut context = new(trace_id, SpanId::from_u64(span_id), exported_flags(flags));
        if !trace_state.is_empty() {
            context = context.with_trace_state(trace_state);
        }
        in_capture(context, (flags >> 32) as u32)
    }

    /// Returns the number of attributes over the limit.
    pub fn dropped_attributes(self) -> u32 {
        let mut reader = self.item.reader();
        reader.take(4);
        reader.word() as u32
    }

    /// Returns its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        let mut reader = self.item.reader();
        reader.take(4);
        let shown = (reader.word() >> 32) as u32;
        reader.text();
        Attributes::of_chunk(self.site, reader.chunk(), shown)
    }
}

impl fmt::Debug for FinishedLink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedLink")
            .field("context", &self.context())
            .field("attributes", &self.attributes())
            .finish_non_exhaustive()
    }
}
