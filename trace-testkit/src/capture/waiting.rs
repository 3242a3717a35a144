//! Keeps the spans of a capture until tail sampling decides about their traces.

use crate::model::{ResourceData, SpanData};
use std::sync::Arc;
use trace_runtime::export::{FinishedSpan, FinishedSpans};

/// Spans as the pipeline has finished them, and the resource that they belong to.
#[derive(Default)]
pub(super) struct Waiting {
    pages: Vec<FinishedSpans>,
    resource: Arc<ResourceData>,
}

impl Waiting {
    pub(super) fn add(&mut self, span: FinishedSpan<'_>, resource: &Arc<ResourceData>) {
        self.resource = resource.clone();
        match self.pages.last_mut().filter(|page| !page.is_full()) {
            Some(page) => page.push_copy(span),
            None => {
                let mut page = FinishedSpans::default();
                page.push_copy(span);
                self.pages.push(page);
            }
        }
    }

    pub(super) fn pages(&self) -> &[FinishedSpans] {
        &self.pages
    }

    pub(super) fn resource(&self) -> &Arc<ResourceData> {
        &self.resource
    }
}

/// Returns the data of a span.
pub(super) fn data(span: FinishedSpan<'_>, resource: &Arc<ResourceData>) -> SpanData {
    SpanData { resource: resource.clone(), ..SpanData::from(span) }
}
