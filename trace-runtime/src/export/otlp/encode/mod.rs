//! From finished spans straight to the bytes of an OTLP request; metrics and logs have folders of
//! their own.
//!
//! Nothing stands between the words that were recorded and the bytes that are sent but one buffer,
//! used again for each batch. What a site says of itself is encoded once. A batch that is too large
//! for one request is encoded in parts. The transport is not known here.

#[cfg(feature = "logs")]
pub(super) mod logs;
#[cfg(feature = "metrics")]
pub(super) mod metrics;
mod room;
pub(super) mod schema;
#[cfg(test)]
mod tests;
pub(super) mod wire;

use self::room::Room;
use self::schema::{
    any_value, array_value, event, key_value, link, request, resource, resource_spans, scope,
    scope_spans, span, status,
};
use self::wire::{bytes, count, fixed32, fixed64, message, number, text};
use crate::context::{SpanId, TraceFlags};
use crate::export::{FinishedEvent, FinishedLink, FinishedSpan, Status};
use crate::interop::recorded;
use crate::kind::SpanKind;
use crate::recorder::RecordedValue;
use crate::site::{SiteInfo, code_attributes, number_of};
use opentelemetry::{InstrumentationScope, Key, KeyValue, Value};
use opentelemetry_sdk::Resource;
use std::fmt;

/// In the flags of spans and links: the next bit is known, and the other side is remote.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Makes requests of a batch, or of what else is exported at a time.
pub(super) trait Encode<B: ?Sized> {
    /// Prepares for a batch; returns how many items it has.
    fn begin(&mut self, batch: &B) -> usize;

    /// A request of the items of the batch that is begun, from that number on: as many as `limit`
    /// bytes hold, and one at least. Returns how many they are.
    fn encode_part(&mut self, batch: &B, from: usize, limit: usize) -> (usize, &[u8]);

    /// A request of all items.
    #[cfg(test)]
    fn encode(&mut self, batch: &B) -> (usize, &[u8]) {
        self.begin(batch);
        self.encode_part(batch, 0, usize::MAX)
    }
}

/// Makes requests of batches.
#[derive(Default)]
pub(super) struct Encoder {
    /// The encoded resource, and the URL of its schema.
    resource: Vec<u8>,
    schema_url: String,
    /// By the number of the site.
    sites: Vec<Option<EncodedSite>>,
    scopes: Vec<Scope>,
    /// Scope and place of the spans of a batch, to bring the spans of a scope together.
    order: Vec<(u32, u32)>,
    request: Vec<u8>,
}

/// What is the same for all spans of a site.
struct EncodedSite {
    scope: u32,
    /// The `code.*` attributes.
    code: Box<[u8]>,
}

struct Scope {
    /// One of its sites.
    info: &'static SiteInfo,
    encoded: Box<[u8]>,
}

impl Encoder {
    pub(super) fn set_resource(&mut self, resource: &Resource) {
        self.resource.clear();
        encode_resource(&mut self.resource, resource_spans::RESOURCE, resource);
        self.schema_url = resource.schema_url().unwrap_or_default().to_owned();
    }

    fn site(&mut self, info: &'static SiteInfo) -> &EncodedSite {
        let number = number_of(info);
        if number >= self.sites.len() {
            self.sites.resize_with(number + 1, || None);
        }
        let scopes = &mut self.scopes;
        self.sites[number].get_or_insert_with(|| EncodedSite::new(info, scopes))
    }
}

impl Encode<[&FinishedSpan]> for Encoder {
    fn begin(&mut self, batch: &[&FinishedSpan]) -> usize {
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend((0..).zip(batch).map(|(at, span)| (self.site(span.site).scope, at)));
        // Mostly in order already, because most batches are of one scope.
        order.sort_unstable();
        self.order = order;
        batch.len()
    }

    /// An `ExportTraceServiceRequest` of spans, grouped by scope.
    fn encode_part(
        &mut self,
        batch: &[&FinishedSpan],
        from: usize,
        limit: usize,
    ) -> (usize, &[u8]) {
        let mut room = Room::new(limit);
        self.request.clear();
        message::<3>(&mut self.request, request::RESOURCE_SPANS, |out| {
            out.extend_from_slice(&self.resource);
            for group in self.order[from..].chunk_by(|(scope, _), (next, _)| scope == next) {
                room.group::<3>(out, resource_spans::SCOPE_SPANS, |out, room| {
                    out.extend_from_slice(&self.scopes[group[0].0 as usize].encoded);
                    for &(_, at) in group {
                        let span = batch[at as usize];
                        let site = self.sites[number_of(span.site)].as_ref();
                        let code = site.map_or(&[][..], |site| &site.code);
                        if !room.take(out, |out| encode_span(out, span, code)) {
                            break;
                        }
                    }
                });
            }
            text(out, resource_spans::SCHEMA_URL, &self.schema_url);
        });
        (room.taken(), &self.request)
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl EncodedSite {
    fn new(info: &'static SiteInfo, scopes: &mut Vec<Scope>) -> Self {
        let scope = scopes.iter().position(|scope| scope.is_of(info)).unwrap_or_else(|| {
            scopes.push(Scope::new(info));
            scopes.len() - 1
        });
        let mut code = Vec::new();
        for (key, value) in code_attributes(info) {
            key_value(&mut code, span::ATTRIBUTES, key, &value);
        }
        Self { scope: scope as u32, code: code.into() }
    }
}

impl Scope {
    fn new(info: &'static SiteInfo) -> Self {
        let mut encoded = Vec::new();
        let said = info.instrumentation_scope();
        message::<2>(&mut encoded, scope_spans::SCOPE, |out| {
            text(out, scope::NAME, info.scope);
            text(out, scope::VERSION, info.version);
            for KeyValue { key, value, .. } in said.into_iter().flat_map(|scope| scope.attributes())
            {
                attribute(out, scope::ATTRIBUTES, key, value);
            }
        });
        let schema_url = said.and_then(InstrumentationScope::schema_url);
        text(&mut encoded, scope_spans::SCHEMA_URL, schema_url.unwrap_or_default());
        Self { info, encoded: encoded.into() }
    }

    fn is_of(&self, info: &SiteInfo) -> bool {
        (self.info.scope, self.info.version) == (info.scope, info.version)
            && self.info.instrumentation_scope() == info.instrumentation_scope()
    }
}

fn encode_resource(out: &mut Vec<u8>, field: u32, resource: &Resource) {
    message::<2>(out, field, |out| {
        for (key, value) in resource {
            attribute(out, resource::ATTRIBUTES, key, value);
        }
    });
}

fn encode_span(out: &mut Vec<u8>, span: &FinishedSpan, code: &[u8]) {
    // HOT: a span of a few attributes takes two bytes for its length.
    message::<2>(out, scope_spans::SPANS, |out| {
        bytes(out, span::TRACE_ID, &span.trace_id.to_bytes());
        bytes(out, span::SPAN_ID, &span.span_id.to_bytes());
        text(out, span::TRACE_STATE, span.trace_state.as_deref().unwrap_or_default());
        if span.parent_span_id != SpanId::INVALID {
            bytes(out, span::PARENT_SPAN_ID, &span.parent_span_id.to_bytes());
        }
        text(out, span::NAME, &span.name);
        number(out, span::KIND, kind(span.kind));
        fixed64(out, span::START, span.start_unix_nanos);
        fixed64(out, span::END, span.end_unix_nanos);
        for (key, value) in span.recorded_attributes() {
            key_value(out, span::ATTRIBUTES, key, &value);
        }
        out.extend_from_slice(code);
        count(out, span::DROPPED_ATTRIBUTES, span.dropped_attributes);
        for event in &span.events {
            encode_event(out, event);
        }
        count(out, span::DROPPED_EVENTS, span.dropped_events);
        for link in &span.links {
            encode_link(out, link);
        }
        count(out, span::DROPPED_LINKS, span.dropped_links);
        match &span.status {
            Status::Ok => message::<1>(out, span::STATUS, |out| number(out, status::CODE, 1)),
            Status::Error { description } => message::<1>(out, span::STATUS, |out| {
                text(out, status::MESSAGE, description);
                number(out, status::CODE, 2);
            }),
            _ => {}
        }
        fixed32(out, span::FLAGS, flags(span.trace_flags, span.parent_is_remote));
    });
}

fn encode_event(out: &mut Vec<u8>, event: &FinishedEvent) {
    message::<2>(out, span::EVENTS, |out| {
        fixed64(out, event::TIME, event.unix_nanos);
        text(out, event::NAME, &event.name);
        for (key, value) in event.attributes() {
            key_value(out, event::ATTRIBUTES, key, &value);
        }
        count(out, event::DROPPED_ATTRIBUTES, event.dropped_attributes);
    });
}

fn encode_link(out: &mut Vec<u8>, link: &FinishedLink) {
    message::<1>(out, span::LINKS, |out| {
        let context = &link.context;
        bytes(out, link::TRACE_ID, &context.trace_id().to_bytes());
        bytes(out, link::SPAN_ID, &context.span_id().to_bytes());
        text(out, link::TRACE_STATE, context.trace_state());
        for (key, value) in link.attributes() {
            key_value(out, link::ATTRIBUTES, key, &value);
        }
        count(out, link::DROPPED_ATTRIBUTES, link.dropped_attributes);
        fixed32(out, link::FLAGS, flags(context.trace_flags(), context.is_remote()));
    });
}

fn attribute(out: &mut Vec<u8>, field: u32, key: &Key, value: &Value) {
    match recorded(value) {
        Some(value) => key_value(out, field, key.as_str(), &value),
        None => key_value(out, field, key.as_str(), &RecordedValue::Str(&value.as_str())),
    }
}

fn key_value(out: &mut Vec<u8>, field: u32, key: &str, value: &RecordedValue<'_>) {
    message::<1>(out, field, |out| {
        text(out, key_value::KEY, key);
        any_value(out, key_value::VALUE, value);
    });
}

fn any_value(out: &mut Vec<u8>, field: u32, value: &RecordedValue<'_>) {
    message::<1>(out, field, |out| match value {
        RecordedValue::Bool(value) => number(out, any_value::BOOL, (*value).into()),
        RecordedValue::I64(value) => number(out, any_value::INT, *value as u64),
        // OTLP's integers are signed.
        RecordedValue::U64(value) if i64::try_from(*value).is_err() => {
            bytes(out, any_value::STRING, value.to_string().as_bytes());
        }
        RecordedValue::U64(value) => number(out, any_value::INT, *value),
        RecordedValue::F64(value) => fixed64(out, any_value::DOUBLE, value.to_bits()),
        RecordedValue::Static(value) => bytes(out, any_value::STRING, value.as_bytes()),
        RecordedValue::Str(value) => bytes(out, any_value::STRING, value.as_bytes()),
        RecordedValue::Bools(list) => array(out, list, |&value| RecordedValue::Bool(value)),
        RecordedValue::I64s(list) => array(out, list, |&value| RecordedValue::I64(value)),
        RecordedValue::F64s(list) => array(out, list, |&value| RecordedValue::F64(value)),
        RecordedValue::Strs(list) => array(out, list, |value| RecordedValue::Str(value)),
        other => bytes(out, any_value::STRING, format!("{other:?}").as_bytes()),
    });
}

#[cold]
fn array<'a, T>(out: &mut Vec<u8>, list: &'a [T], value: impl Fn(&'a T) -> RecordedValue<'a>) {
    message::<1>(out, any_value::ARRAY, |out| {
        for element in list {
            any_value(out, array_value::VALUES, &value(element));
        }
    });
}

fn kind(kind: SpanKind) -> u64 {
    match kind {
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
        _ => 1,
    }
}

fn flags(flags: TraceFlags, is_remote: bool) -> u32 {
    u32::from(flags.to_u8()) | HAS_IS_REMOTE | if is_remote { IS_REMOTE } else { 0 }
}
