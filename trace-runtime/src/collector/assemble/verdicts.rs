//! Passes tail sampling on: its settings, its verdicts, and what it keeps of recent spans.

use super::Assembler;
use crate::collector::books::Books;
#[cfg(feature = "json")]
use crate::collector::tail::Alarm;
use crate::collector::tail::{Pending, Tail, Version};
use crate::recorder::pages::{Changes, FinishedSpans};
use crate::value::Value;
use std::sync::Arc;
use std::time::Duration;

impl Assembler {
    /// Exports only the spans of traces that these settings keep.
    pub(crate) fn sample_tails(&mut self, version: Version, pending: Pending, bytes: usize) {
        let tail = Tail::new(version, pending, bytes, &self.page);
        self.tail = Some(Box::new(tail));
    }

    /// Raises an alarm where tail sampling finds that a snapshot is wanted.
    #[cfg(feature = "json")]
    pub(crate) fn report_to(&mut self, alarm: Arc<Alarm>) {
        if let Some(tail) = &mut self.tail {
            tail.report_to(alarm);
        }
    }

    /// Decides by the settings that are pending, from now on.
    pub(crate) fn change_tails(&mut self) {
        if let Some(tail) = &mut self.tail {
            tail.change();
        }
    }

    /// Returns whether it decides which spans are exported.
    pub(crate) fn has_verdicts(&self) -> bool {
        self.tail.is_some()
    }

    /// Returns the number of finished spans that wait for a verdict.
    pub(crate) fn undecided(&self) -> u64 {
        self.tail.as_ref().map_or(0, |tail| tail.len())
    }

    /// Begins a sweep, `now` after the start of the pipeline.
    pub(crate) fn begin_sweep(&mut self, now: Duration) {
        if let Some(tail) = &mut self.tail {
            tail.begin_sweep(now);
        }
    }

    /// Decides about traces that are over, or about all.
    pub(crate) fn decide(&mut self, all: bool) {
        match &mut self.tail {
            Some(tail) if all => tail.decide_all(),
            Some(tail) => tail.settle(),
            None => {}
        }
    }

    /// Moves the spans of kept traces to the page, as many as it has room for. Returns whether these
    /// were all.
    pub(crate) fn take_kept(&mut self) -> bool {
        let Self { tail, page, .. } = self;
        tail.as_mut().is_none_or(|tail| tail.move_kept(page))
    }

    /// Adds what was dropped by verdicts to the books.
    pub(crate) fn tell(&mut self, books: &mut Books) {
        if let Some(tail) = &mut self.tail {
            tail.tell(books);
        }
    }

    /// Returns the time until a verdict is due, whatever happens.
    pub(crate) fn next_verdict(&self) -> Option<Duration> {
        self.tail.as_ref()?.next_timeout()
    }

    /// Returns what was recorded lately, and the spans that have not ended, as if they ended at
    /// `unix_nanos`.
    pub(crate) fn recent(&self, unix_nanos: u64) -> Vec<Arc<FinishedSpans>> {
        let mut pages = self.tail.as_ref().map(|tail| tail.recent()).unwrap_or_default();
        let mut open = self.page.empty_like();
        for span in self.open.copy(|span| span.capture() == 0).iter() {
            open.push_changed(
                span,
                &Changes {
                    attributes: &[("snapshot.open", Value::Bool(true))],
                    end_unix_nanos: Some(unix_nanos.max(span.start_unix_nanos())),
                    ..Changes::default()
                },
            );
        }
        pages.push(Arc::new(open));
        pages
    }

    /// Collects all finished spans for exporters that get those, from now on.
    pub(crate) fn show_all(&mut self, is_wanted: bool) {
        if let Some(tail) = &mut self.tail {
            tail.show_all(is_wanted, &self.page);
        }
    }

    /// Returns the page of all finished spans, if exporters get those.
    pub(crate) fn page_of_all(&mut self) -> Option<&mut FinishedSpans> {
        self.tail.as_mut()?.page_of_all()
    }
}
