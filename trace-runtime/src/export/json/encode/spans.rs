//! Encodes finished spans as a `TracesData`.

use super::attributes::{attribute, resource, scope};
use super::members::object;
use crate::context::SpanId;
use crate::export::numbers::{flags, kind};
use crate::export::room::Room;
use crate::export::{FinishedEvent, FinishedLink, FinishedSpan};
use crate::site::SiteInfo;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

/// Appends a `TracesData` of these spans, grouped by scope, as far as there is room.
pub(in crate::export) fn traces(
    out: &mut String,
    of: &Resource,
    batch: &[FinishedSpan<'_>],
    room: &mut Room,
) {
    let mut groups: Vec<Vec<FinishedSpan<'_>>> = Vec::new();
    for &span in batch {
        match groups.iter_mut().find(|group| is_same_scope(group[0].site(), span.site())) {
            Some(group) => group.push(span),
            None => groups.push(vec![span]),
        }
    }
    object(out, |out| {
        out.list("resourceSpans", [of], |out, of| {
            object(out, |out| {
                resource(out, of);
                out.groups("scopeSpans", &groups, room, |out, group, room| {
                    scope_spans(out, group, room);
                });
                out.text("schemaUrl", of.schema_url().unwrap_or_default());
            });
        });
    });
}

fn is_same_scope(one: &SiteInfo, other: &SiteInfo) -> bool {
    std::ptr::eq(one, other)
        || (one.scope, one.version, one.instrumentation_scope())
            == (other.scope, other.version, other.instrumentation_scope())
}

fn scope_spans(out: &mut String, group: &[FinishedSpan<'_>], room: &mut Room) {
    let info = group[0].site();
    let named = info.instrumentation_scope();
    object(out, |out| {
        let attributes = named.into_iter().flat_map(InstrumentationScope::attributes);
        scope(out, info.scope, info.version, attributes);
        out.items("spans", group, room, |out, &span| self::span(out, span));
        let schema_url = named.and_then(InstrumentationScope::schema_url);
        out.text("schemaUrl", schema_url.unwrap_or_default());
    });
}

fn span(out: &mut String, span: FinishedSpan<'_>) {
    object(out, |out| {
        out.long("traceId", span.trace_id());
        out.long("spanId", span.span_id());
        out.text("traceState", span.trace_state());
        if span.parent_span_id() != SpanId::INVALID {
            out.long("parentSpanId", span.parent_span_id());
        }
        out.number("flags", flags(span.trace_flags(), span.parent_is_remote()));
        out.text("name", span.name());
        out.number("kind", kind(span.kind()));
        out.long("startTimeUnixNano", span.start_unix_nanos());
        out.long("endTimeUnixNano", span.end_unix_nanos());
        out.list("attributes", span.attributes(), attribute);
        out.number("droppedAttributesCount", span.dropped_attributes());
        out.list("events", span.events(), event);
        out.number("droppedEventsCount", span.dropped_events());
        out.list("links", span.links(), link);
        out.number("droppedLinksCount", span.dropped_links());
        if span.is_ok() {
            out.object("status", |out| out.number("code", 1));
        } else if span.is_error() {
            out.object("status", |out| {
                out.text("message", span.status_description());
                out.number("code", 2);
            });
        }
    });
}

fn event(out: &mut String, event: FinishedEvent<'_>) {
    object(out, |out| {
        out.long("timeUnixNano", event.unix_nanos());
        out.text("name", event.name());
        out.list("attributes", event.attributes(), attribute);
        out.number("droppedAttributesCount", event.dropped_attributes());
    });
}

fn link(out: &mut String, link: FinishedLink<'_>) {
    let context = &link.context();
    object(out, |out| {
        out.long("traceId", context.trace_id());
        out.long("spanId", context.span_id());
        out.text("traceState", context.trace_state());
        out.list("attributes", link.attributes(), attribute);
        out.number("droppedAttributesCount", link.dropped_attributes());
        out.number("flags", flags(context.trace_flags(), context.is_remote()));
    });
}
