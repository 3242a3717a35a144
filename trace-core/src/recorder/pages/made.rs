//! Constructs finished spans that were not recorded here: those of files, and of tests of exporters.

use super::finished::FinishedSpans;
use super::head::{Head, StatusCode, bits};
use super::items::{self, TRACE_STATE, put_item};
use super::put::{put_copied_pairs, put_event};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::fields::by_site;
use crate::recorder::ids;
use crate::recorder::record::{FIELDS, LINK, NAME, STATUS};
use crate::recorder::sink::{put_str, put_values};
use crate::site::SiteInfo;
use crate::status::Status;
use crate::value::Value;

/// A span that was not recorded here.
#[derive(Clone)]
pub struct MadeSpan<'a> {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub parent_span_id: SpanId,
    pub parent_is_remote: bool,
    pub trace_flags: TraceFlags,
    pub trace_state: &'a str,
    pub site: &'static SiteInfo,
    /// `None` selects the name of the site.
    pub name: Option<&'a str>,
    pub kind: SpanKind,
    pub start_unix_nanos: u64,
    pub end_unix_nanos: u64,
    pub status: Status,
    pub outcome: Outcome,
    pub order: u64,
    /// Values for the keys of its site.
    pub values: Vec<Value<'a>>,
    /// Values that come with their keys, in any number of records.
    pub attributes: Vec<Vec<(&'a str, Value<'a>)>>,
    pub events: Vec<MadeEvent<'a>>,
    pub links: Vec<MadeLink<'a>>,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
}

/// An event of a [`MadeSpan`].
#[derive(Clone)]
pub struct MadeEvent<'a> {
    pub name: &'a str,
    pub unix_nanos: u64,
    pub attributes: Vec<(&'a str, Value<'a>)>,
    /// The number of attributes to show.
    pub limit: u32,
}

/// A link of a [`MadeSpan`].
#[derive(Clone)]
pub struct MadeLink<'a> {
    pub context: SpanContext,
    pub attributes: Vec<(&'a str, Value<'a>)>,
    pub dropped_attributes: u32,
}

impl MadeSpan<'_> {
    /// Creates a sampled root span at this site, without times or details.
    pub fn new(site: &'static SiteInfo) -> Self {
        Self {
            trace_id: TraceId::from_u128(1),
            span_id: SpanId::from_u64(1),
            parent_span_id: SpanId::INVALID,
            parent_is_remote: false,
            trace_flags: TraceFlags::SAMPLED,
            trace_state: "",
            site,
            name: None,
            kind: site.kind,
            start_unix_nanos: 0,
            end_unix_nanos: 0,
            status: Status::Unset,
            outcome: Outcome::Ok,
            order: 0,
            values: Vec::new(),
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
        }
    }
}

impl FinishedSpans {
    /// Appends a span that was not recorded here.
    pub fn add(&mut self, span: &MadeSpan<'_>) {
        let mut words = Vec::new();
        let mut bits = u16::from(span.parent_is_remote) * bits::REMOTE_PARENT;
        if !span.trace_state.is_empty() {
            bits |= bits::TRACE_STATE;
            put_item(&mut words, TRACE_STATE, |words| {
                put_str(words, span.trace_state);
            });
        }
        if let Some(name) = span.name {
            bits |= bits::NAMED;
            put_item(&mut words, NAME, |words| {
                put_str(words, name);
            });
        }
        if !span.values.is_empty() {
            put_item(&mut words, FIELDS, |words| {
                words.push(by_site(span.values.len(), 0));
                put_values(words, &span.values);
            });
        }
        for attributes in &span.attributes {
            bits |= bits::HAS_FIELDS | bits::MAY_REPEAT;
            put_item(&mut words, FIELDS, |words| put_copied_pairs(words, attributes));
        }
        for MadeEvent { name, unix_nanos, attributes, limit } in &span.events {
            put_event(
                &mut words,
                span.site,
                (*unix_nanos, 0, *limit),
                |words| {
                    put_str(words, name);
                },
                |words| put_copied_pairs(words, attributes),
            );
        }
        for MadeLink { context, attributes, dropped_attributes } in &span.links {
            put_item(&mut words, LINK, |words| {
                let trace_id = context.trace_id().to_u128();
                let flags = u64::from(context.trace_flags().to_u8());
                words.extend([(trace_id >> 64) as u64, trace_id as u64]);
                words.extend([
                    context.span_id().to_u64(),
                    flags | u64::from(context.is_remote()) << 8,
                ]);
                words.push(items::limits(*dropped_attributes, u32::MAX));
                put_str(words, context.trace_state());
                put_copied_pairs(words, attributes);
            });
        }
        let status = match &span.status {
            Status::Unset => StatusCode::Unset,
            Status::Ok => StatusCode::Ok,
            Status::Error { description } => {
                put_item(&mut words, STATUS, |words| {
                    put_str(words, description);
                });
                StatusCode::Error
            }
        };
        let trace_id = span.trace_id.to_u128();
        let head = Head {
            trace_id: [(trace_id >> 64) as u64, trace_id as u64],
            serial: ids::serial_in(span.span_id, 0),
            parent: ids::serial_in(span.parent_span_id, 0),
            site: span.site,
            start_unix_nanos: span.start_unix_nanos,
            end_unix_nanos: span.end_unix_nanos,
            order: span.order,
            capture: 0,
            at: 0,
            len: 0,
            events: span.events.len() as u32,
            links: span.links.len() as u32,
            dropped_attributes: span.dropped_attributes,
            dropped_events: span.dropped_events,
            dropped_links: span.dropped_links,
            trace_flags: span.trace_flags,
            route: 0,
            kind: span.kind,
            outcome: span.outcome,
            status,
            bits,
        };
        // SAFETY: the items were put just now.
        unsafe { self.push(&head, &words, &[]) };
    }
}
