//! Encodes finished spans as the JSON of an OTLP message
//! ([encoding](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding)): ids in
//! hexadecimal, 64-bit integers as text, enumerations as numbers, defaults left out.

use crate::context::SpanId;
use crate::export::numbers::{flags, kind};
use crate::export::{FinishedEvent, FinishedLink, FinishedSpan};
use crate::interop::recorded;
use crate::json::{array, double, text};
use crate::recorder::RecordedValue;
use crate::site::SiteInfo;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use std::fmt::Write as _;

/// A `TracesData` of these spans, grouped by scope.
pub(super) fn traces(out: &mut String, resource: &Resource, batch: &[FinishedSpan<'_>]) {
    let mut groups: Vec<Vec<FinishedSpan<'_>>> = Vec::new();
    for &span in batch {
        match groups.iter_mut().find(|group| is_same_scope(group[0].site(), span.site())) {
            Some(group) => group.push(span),
            None => groups.push(vec![span]),
        }
    }
    object(out, |out| {
        out.list("resourceSpans", [resource], |out, resource| {
            object(out, |out| {
                self::resource(out, resource);
                out.list("scopeSpans", &groups, |out, group| scope_spans(out, group));
                out.text("schemaUrl", resource.schema_url().unwrap_or_default());
            });
        });
    });
}

/// Adds the member `resource`.
pub(super) fn resource(out: &mut Members<'_>, resource: &Resource) {
    out.object("resource", |out| {
        let all = resource.iter().map(|(key, value)| (key.as_str(), value));
        out.list("attributes", all, |out, (key, value)| api_attribute(out, key, value));
    });
}

fn is_same_scope(one: &SiteInfo, other: &SiteInfo) -> bool {
    std::ptr::eq(one, other)
        || (one.scope, one.version, one.instrumentation_scope())
            == (other.scope, other.version, other.instrumentation_scope())
}

fn scope_spans(out: &mut String, group: &[FinishedSpan<'_>]) {
    let info = group[0].site();
    let said = info.instrumentation_scope();
    object(out, |out| {
        out.object("scope", |out| {
            out.text("name", info.scope);
            out.text("version", info.version);
            let attributes = said.into_iter().flat_map(|scope| scope.attributes());
            out.list("attributes", attributes, |out, KeyValue { key, value, .. }| {
                api_attribute(out, key.as_str(), value);
            });
        });
        out.list("spans", group, |out, &span| self::span(out, span));
        let schema_url = said.and_then(InstrumentationScope::schema_url);
        out.text("schemaUrl", schema_url.unwrap_or_default());
    });
}

fn span(out: &mut String, span: FinishedSpan<'_>) {
    object(out, |out| {
        out.text("traceId", &span.trace_id().to_string());
        out.text("spanId", &span.span_id().to_string());
        out.text("traceState", span.trace_state());
        if span.parent_span_id() != SpanId::INVALID {
            out.text("parentSpanId", &span.parent_span_id().to_string());
        }
        out.number("flags", flags(span.trace_flags(), span.parent_is_remote()));
        out.text("name", span.name());
        out.number("kind", kind(span.kind()));
        out.text("startTimeUnixNano", &span.start_unix_nanos().to_string());
        out.text("endTimeUnixNano", &span.end_unix_nanos().to_string());
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
        out.text("timeUnixNano", &event.unix_nanos().to_string());
        out.text("name", event.name());
        out.list("attributes", event.attributes(), attribute);
        out.number("droppedAttributesCount", event.dropped_attributes());
    });
}

fn link(out: &mut String, link: FinishedLink<'_>) {
    let context = &link.context();
    object(out, |out| {
        out.text("traceId", &context.trace_id().to_string());
        out.text("spanId", &context.span_id().to_string());
        out.text("traceState", context.trace_state());
        out.list("attributes", link.attributes(), attribute);
        out.number("droppedAttributesCount", link.dropped_attributes());
        out.number("flags", flags(context.trace_flags(), context.is_remote()));
    });
}

pub(super) fn api_attribute(out: &mut String, key: &str, value: &opentelemetry::Value) {
    match recorded(value) {
        Some(value) => attribute(out, (key, value)),
        None => attribute(out, (key, RecordedValue::Str(&value.as_str()))),
    }
}

fn attribute(out: &mut String, (key, of): (&str, RecordedValue<'_>)) {
    object(out, |out| {
        out.text("key", key);
        out.member("value", |out| value(out, &of));
    });
}

fn value(out: &mut String, of: &RecordedValue<'_>) {
    fn list<'a, T>(out: &mut String, items: &'a [T], each: impl Fn(&'a T) -> RecordedValue<'a>) {
        object(out, |out| {
            out.object("arrayValue", |out| {
                out.list("values", items, |out, item| value(out, &each(item)));
            });
        });
    }
    let one = |out: &mut String, name, write: &dyn Fn(&mut String)| {
        object(out, |out| out.member(name, write));
    };
    match of {
        RecordedValue::Bool(truth) => one(out, "boolValue", &|out| {
            out.push_str(if *truth { "true" } else { "false" });
        }),
        RecordedValue::I64(number) => {
            one(out, "intValue", &|out| text(out, &number.to_string()));
        }
        // OTLP's integers are signed.
        RecordedValue::U64(number) => {
            let name = if i64::try_from(*number).is_ok() { "intValue" } else { "stringValue" };
            one(out, name, &|out| text(out, &number.to_string()));
        }
        RecordedValue::F64(number) => one(out, "doubleValue", &|out| double(out, *number)),
        RecordedValue::Static(value) => one(out, "stringValue", &|out| text(out, value)),
        RecordedValue::Str(value) => one(out, "stringValue", &|out| text(out, value)),
        RecordedValue::Bools(items) => list(out, items, |&item| RecordedValue::Bool(item)),
        RecordedValue::I64s(items) => list(out, items, |&item| RecordedValue::I64(item)),
        RecordedValue::F64s(items) => list(out, items, |&item| RecordedValue::F64(item)),
        RecordedValue::Strs(items) => list(out, items, |item| RecordedValue::Str(item)),
        other => one(out, "stringValue", &|out| text(out, &format!("{other:?}"))),
    }
}

/// The members of an object; those that have their default are left out.
pub(super) struct Members<'o> {
    out: &'o mut String,
    is_first: bool,
}

pub(super) fn object(out: &mut String, members: impl FnOnce(&mut Members<'_>)) {
    out.push('{');
    members(&mut Members { out, is_first: true });
    out.push('}');
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

    pub(super) fn number(&mut self, name: &str, number: u32) {
        if number > 0 {
            self.member(name, |out| {
                let _ = write!(out, "{number}");
            });
        }
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
}
