//! Defines what exporters export: kinds of items, and the chunks in which they travel.

use super::FinishedSpans;
#[cfg(feature = "logs")]
use super::{EmittedLog, EmittedLogs};
use crate::recorder::pages::FinishedSpan;
use std::ops::Range;

mod sealed {
    pub trait Sealed {}
}

/// A kind of items that exporters deliver: spans, or the runtime's log records.
pub trait Exported: sealed::Sealed + Send + Sync + Sized + 'static {
    /// One item, as an exporter sees it.
    type View<'a>: Copy;
    /// Items that one or more queues share.
    #[doc(hidden)]
    type Chunk: Send + Sync;

    /// Returns the number of items of a chunk.
    #[doc(hidden)]
    fn count(chunk: &Self::Chunk) -> usize;

    /// Returns the bytes that a chunk takes.
    #[doc(hidden)]
    fn bytes(chunk: &Self::Chunk) -> usize;

    /// Appends views of some items of a chunk.
    #[doc(hidden)]
    fn view<'a>(chunk: &'a Self::Chunk, range: Range<usize>, views: &mut Vec<Self::View<'a>>);
}

impl sealed::Sealed for FinishedSpans {}

impl Exported for FinishedSpans {
    type View<'a> = FinishedSpan<'a>;
    type Chunk = Self;

    fn count(chunk: &Self) -> usize {
        chunk.len()
    }

    fn bytes(chunk: &Self) -> usize {
        chunk.capacity()
    }

    fn view<'a>(chunk: &'a Self, range: Range<usize>, views: &mut Vec<FinishedSpan<'a>>) {
        views.extend(range.filter_map(|index| chunk.get(index)));
    }
}

#[cfg(feature = "logs")]
impl sealed::Sealed for EmittedLog {}

#[cfg(feature = "logs")]
impl Exported for EmittedLog {
    type View<'a> = &'a Self;
    type Chunk = EmittedLogs;

    fn count(chunk: &EmittedLogs) -> usize {
        chunk.count()
    }

    fn bytes(chunk: &EmittedLogs) -> usize {
        chunk.bytes()
    }

    fn view<'a>(chunk: &'a EmittedLogs, range: Range<usize>, views: &mut Vec<&'a Self>) {
        views.extend(chunk.get().get(range).into_iter().flatten());
    }
}
