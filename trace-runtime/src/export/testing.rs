//! Finished spans for unit tests.

use super::{FinishedEvent, FinishedLink, FinishedSpan, Status};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::fields::Fields;
use crate::site::{Site, SiteInfo};
use crate::value::Value;

static SITE: Site = Site::new("checkout\0shop\0src/shop.rs\x001.2.3\0", 7);

/// Makes one finished span.
pub(crate) struct SpanMaker {
    span: FinishedSpan,
}

impl SpanMaker {
    pub(crate) fn new(name: &'static str) -> Self {
        Self::at(name, SITE.info())
    }

    pub(crate) fn at(name: &'static str, site: &'static SiteInfo) -> Self {
        Self {
            span: FinishedSpan {
                trace_id: TraceId::from_u128(1),
                span_id: SpanId::from_u64(1),
                parent_span_id: SpanId::INVALID,
                parent_is_remote: false,
                trace_flags: TraceFlags::SAMPLED,
                trace_state: None,
                site,
                name: name.into(),
                kind: SpanKind::Internal,
                start_unix_nanos: 0,
                end_unix_nanos: 0,
                status: Status::Unset,
                outcome: Outcome::Ok,
                events: Vec::new(),
                links: Vec::new(),
                dropped_attributes: 0,
                dropped_events: 0,
                dropped_links: 0,
                order: 0,
                parallel: false,
                capture: 0,
                fields: Fields::default(),
            },
        }
    }

    /// Trace, own and parent id.
    pub(crate) fn ids(mut self, trace: u128, span: u64, parent: u64) -> Self {
        self.span.trace_id = TraceId::from_u128(trace);
        self.span.span_id = SpanId::from_u64(span);
        self.span.parent_span_id = SpanId::from_u64(parent);
        self
    }

    /// Start and end, in nanoseconds.
    pub(crate) fn times(mut self, start: u64, end: u64) -> Self {
        self.span.start_unix_nanos = start;
        self.span.end_unix_nanos = end;
        self
    }

    pub(crate) fn attributes(mut self, attributes: &[(&'static str, Value<'_>)]) -> Self {
        self.span.fields = fields(attributes);
        self
    }

    pub(crate) fn error(mut self, description: &'static str) -> Self {
        self.span.status = Status::Error { description: description.into() };
        self
    }

    pub(crate) fn event(
        mut self,
        name: &'static str,
        unix_nanos: u64,
        attributes: &[(&'static str, Value<'_>)],
    ) -> Self {
        self.span.events.push(FinishedEvent {
            name: name.into(),
            unix_nanos,
            dropped_attributes: 0,
            site: self.span.site,
            fields: fields(attributes),
        });
        self
    }

    pub(crate) fn link(
        mut self,
        context: SpanContext,
        attributes: &[(&'static str, Value<'_>)],
    ) -> Self {
        self.span.links.push(FinishedLink {
            context,
            dropped_attributes: 0,
            site: self.span.site,
            fields: fields(attributes),
        });
        self
    }

    pub(crate) fn build(mut self, change: impl FnOnce(&mut FinishedSpan)) -> FinishedSpan {
        change(&mut self.span);
        self.span
    }
}

fn fields(attributes: &[(&'static str, Value<'_>)]) -> Fields {
    let mut fields = Fields::default();
    fields.add(attributes);
    fields
}
