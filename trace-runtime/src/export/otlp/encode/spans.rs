//! Encodes finished spans as `ExportTraceServiceRequest`s, grouped by scope.

use super::attributes::{key_value, opened};
use super::schema::{event, link, request, resource_spans, scope_spans, span, status};
use super::site::{EncodedSite, Sites};
use super::wire::{BYTES, FIXED32, FIXED64, bytes, count, fixed32, fixed64, message, number, text};
use super::{Encode, encode_resource, group};
use crate::export::numbers::{flags, kind};
use crate::export::room::Room;
use crate::export::{Attributes, FinishedEvent, FinishedLink, FinishedSpan};
use crate::recorder::RecordedValue;
use crate::recorder::pages::{Key, VisitAttribute};
use opentelemetry_sdk::Resource;
use std::fmt;

/// An encoder of batches of spans.
#[derive(Default)]
pub(in crate::export::otlp) struct SpanEncoder {
    /// The encoded resource, and the URL of its schema.
    resource: Vec<u8>,
    schema_url: String,
    sites: Sites,
    /// The scope and the index of each span of a batch, sorted so that the spans of a scope are
    /// together.
    order: Vec<(u32, u32)>,
    request: Vec<u8>,
}

impl Encode<[FinishedSpan<'_>]> for SpanEncoder {
    fn set_resource(&mut self, resource: &Resource) {
        self.resource.clear();
        encode_resource(&mut self.resource, resource_spans::RESOURCE, resource);
        self.schema_url = resource.schema_url().unwrap_or_default().to_owned();
    }

    fn begin(&mut self, batch: &[FinishedSpan<'_>]) -> usize {
        let Self { order, sites, .. } = self;
        order.clear();
        let scopes = batch.iter().map(|span| sites.get_or_encode(span.site()).scope);
        order.extend(scopes.zip(0..));
        // Most batches have one scope.
        if !order.is_sorted() {
            order.sort_unstable();
        }
        batch.len()
    }

    fn encode_part(
        &mut self,
        batch: &[FinishedSpan<'_>],
        from: usize,
        limit: usize,
    ) -> (usize, &[u8]) {
        let Self { resource, schema_url, sites, order, request } = self;
        let mut room = Room::after(0, limit);
        request.clear();
        message::<3>(request, request::RESOURCE_SPANS, |out| {
            out.extend_from_slice(resource);
            for spans in order[from..].chunk_by(|(scope, _), (next, _)| scope == next) {
                group::<3>(out, resource_spans::SCOPE_SPANS, &mut room, |out, room| {
                    out.extend_from_slice(sites.scope(spans[0].0));
                    for &(_, at) in spans {
                        let span = batch[at as usize];
                        let Some(site) = sites.get(span.site()) else { continue };
                        if !room.take(out, |out| encode_span(out, span, site)) {
                            break;
                        }
                    }
                });
            }
            text(out, resource_spans::SCHEMA_URL, schema_url);
        });
        (room.taken(), request)
    }
}

impl fmt::Debug for SpanEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanEncoder").finish_non_exhaustive()
    }
}

/// The fixed-length fields of a span, the parent's last, without their values.
const FIXED_FIELDS: [u8; fixed::END] = {
    const fn tag(field: u32, wire: u32) -> u8 {
        (field << 3 | wire) as u8
    }
    let mut fields = [0; fixed::END];
    [fields[fixed::TRACE_ID - 2], fields[fixed::TRACE_ID - 1]] = [tag(span::TRACE_ID, BYTES), 16];
    [fields[fixed::SPAN_ID - 2], fields[fixed::SPAN_ID - 1]] = [tag(span::SPAN_ID, BYTES), 8];
    fields[fixed::START - 1] = tag(span::START, FIXED64);
    fields[fixed::STOP - 1] = tag(span::END, FIXED64);
    // The tag of this field takes a second byte.
    fields[fixed::FLAGS - 2] = tag(span::FLAGS, FIXED32) | 0x80;
    fields[fixed::FLAGS - 1] = (span::FLAGS >> 4) as u8;
    [fields[fixed::PARENT - 2], fields[fixed::PARENT - 1]] = [tag(span::PARENT_SPAN_ID, BYTES), 8];
    fields
};

/// The places of the values in [`FIXED_FIELDS`].
mod fixed {
    pub(super) const TRACE_ID: usize = 2;
    pub(super) const SPAN_ID: usize = TRACE_ID + 16 + 2;
    pub(super) const START: usize = SPAN_ID + 8 + 1;
    pub(super) const STOP: usize = START + 8 + 1;
    pub(super) const FLAGS: usize = STOP + 8 + 2;
    pub(super) const PARENT: usize = FLAGS + 4 + 2;
    pub(super) const END: usize = PARENT + 8;
}

/// Encodes the fields whose length is fixed.
#[inline]
fn fixed_fields(out: &mut Vec<u8>, span: FinishedSpan<'_>) {
    // The fields are completed in place: bytes that are written one after the other, and then read together, would
    // stall the processor.
    out.extend_from_slice(&FIXED_FIELDS);
    let Some(fields) = out.last_chunk_mut::<{ fixed::END }>() else { return };
    fn put<const LEN: usize>(fields: &mut [u8; fixed::END], at: usize, value: [u8; LEN]) {
        fields[at..at + LEN].copy_from_slice(&value);
    }
    put(fields, fixed::TRACE_ID, span.trace_id().to_bytes());
    put(fields, fixed::SPAN_ID, span.span_id().to_bytes());
    put(fields, fixed::START, span.start_unix_nanos().to_le_bytes());
    put(fields, fixed::STOP, span.end_unix_nanos().to_le_bytes());
    let flags = flags(span.trace_flags(), span.parent_is_remote());
    put(fields, fixed::FLAGS, flags.to_le_bytes());
    if span.has_parent() {
        put(fields, fixed::PARENT, span.parent_span_id().to_bytes());
    } else {
        out.truncate(out.len() - (fixed::END - fixed::PARENT + 2));
    }
}

// HOT: runs for each span, on the exporter's thread.
fn encode_span(out: &mut Vec<u8>, span: FinishedSpan<'_>, site: &EncodedSite) {
    // The length of a span with a few attributes takes two bytes.
    message::<2>(out, scope_spans::SPANS, |out| {
        fixed_fields(out, span);
        if span.has_own_name() || span.kind() != span.site().kind {
            text(out, span::NAME, span.name());
            number(out, span::KIND, kind(span.kind()).into());
        } else {
            out.extend_from_slice(&site.name_and_kind);
        }
        text(out, span::TRACE_STATE, span.trace_state());
        attributes(out, span::ATTRIBUTES, span.recorded_attributes(), site);
        out.extend_from_slice(site.attributes(span.shows_code()));
        count(out, span::DROPPED_ATTRIBUTES, span.dropped_attributes());
        for event in span.events() {
            encode_event(out, event, site);
        }
        count(out, span::DROPPED_EVENTS, span.dropped_events());
        for link in span.links() {
            encode_link(out, link, site);
        }
        count(out, span::DROPPED_LINKS, span.dropped_links());
        if span.is_ok() {
            message::<1>(out, span::STATUS, |out| number(out, status::CODE, 1));
        } else if span.is_error() {
            message::<1>(out, span::STATUS, |out| {
                text(out, status::MESSAGE, span.status_description());
                number(out, status::CODE, 2);
            });
        }
    });
}

/// Encodes attributes, most of which have the keys of a site.
struct AttributeEncoder<'o> {
    out: &'o mut Vec<u8>,
    field: u32,
    site: &'o EncodedSite,
}

impl<'a> VisitAttribute<'a> for AttributeEncoder<'_> {
    #[inline(always)]
    fn attribute(&mut self, key: Key<'a>, value: &RecordedValue<'a>) {
        let Self { out, field, site } = self;
        match key {
            Key::OfSite(index) => match site.opening(index) {
                Some(opening) => opened(out, *field, opening, value),
                None => key_value(out, *field, "", value),
            },
            Key::Text(key) => key_value(out, *field, key, value),
        }
    }
}

#[inline]
fn attributes(out: &mut Vec<u8>, field: u32, attributes: Attributes<'_>, site: &EncodedSite) {
    attributes.visit(&mut AttributeEncoder { out, field, site });
}

fn encode_event(out: &mut Vec<u8>, event: FinishedEvent<'_>, site: &EncodedSite) {
    message::<2>(out, span::EVENTS, |out| {
        fixed64(out, event::TIME, event.unix_nanos());
        text(out, event::NAME, event.name());
        attributes(out, event::ATTRIBUTES, event.attributes(), site);
        count(out, event::DROPPED_ATTRIBUTES, event.dropped_attributes());
    });
}

fn encode_link(out: &mut Vec<u8>, link: FinishedLink<'_>, site: &EncodedSite) {
    message::<1>(out, span::LINKS, |out| {
        let context = link.context();
        bytes(out, link::TRACE_ID, &context.trace_id().to_bytes());
        bytes(out, link::SPAN_ID, &context.span_id().to_bytes());
        text(out, link::TRACE_STATE, context.trace_state());
        attributes(out, link::ATTRIBUTES, link.attributes(), site);
        count(out, link::DROPPED_ATTRIBUTES, link.dropped_attributes());
        fixed32(out, link::FLAGS, flags(context.trace_flags(), context.is_remote()));
    });
}
