//! Decodes spans.

use super::identity::{resource, scope, span_id, trace_id};
use super::value::attributes;
use crate::model::{EventData, LinkData, SpanData};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use otlp::status::StatusCode;
use trace_runtime::{SpanContext, SpanKind, Status, propagation::TraceFlags};

/// The bits of `flags` beyond W3C's: whether it is known if the parent is remote, and whether it is.
const KNOWS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

pub(in crate::receiver) fn spans(request: ExportTraceServiceRequest) -> Vec<SpanData> {
    let mut spans = Vec::new();
    for resource_spans in request.resource_spans {
        let resource = resource(resource_spans.resource, resource_spans.schema_url);
        for scope_spans in resource_spans.scope_spans {
            let scope = scope(scope_spans.scope, scope_spans.schema_url);
            spans.extend(scope_spans.spans.into_iter().map(|sent| SpanData {
                scope: scope.clone(),
                resource: resource.clone(),
                ..SpanData::from(sent)
            }));
        }
    }
    spans
}

impl From<otlp::Span> for SpanData {
    /// The span of OTLP as the model has it; scope and resource stand elsewhere in the message.
    fn from(sent: otlp::Span) -> Self {
        Self {
            trace_id: trace_id(&sent.trace_id),
            span_id: span_id(&sent.span_id),
            parent_span_id: span_id(&sent.parent_span_id),
            parent_is_remote: is_remote(sent.flags),
            flags: flags(sent.flags),
            trace_state: sent.trace_state,
            name: sent.name,
            kind: kind(sent.kind),
            start_unix_nanos: sent.start_time_unix_nano,
            end_unix_nanos: sent.end_time_unix_nano,
            status: sent.status.map(status).unwrap_or_default(),
            attributes: attributes(sent.attributes),
            events: sent.events.into_iter().map(event).collect(),
            links: sent.links.into_iter().map(link).collect(),
            dropped_attributes: sent.dropped_attributes_count,
            dropped_events: sent.dropped_events_count,
            dropped_links: sent.dropped_links_count,
            ..Self::default()
        }
    }
}

fn event(sent: otlp::span::Event) -> EventData {
    EventData {
        name: sent.name,
        unix_nanos: sent.time_unix_nano,
        attributes: attributes(sent.attributes),
        dropped_attributes: sent.dropped_attributes_count,
    }
}

fn link(sent: otlp::span::Link) -> LinkData {
    let (trace, span, flags) =
        (trace_id(&sent.trace_id), span_id(&sent.span_id), flags(sent.flags));
    let context = match is_remote(sent.flags) {
        true => SpanContext::remote(trace, span, flags),
        false => SpanContext::new(trace, span, flags),
    };
    LinkData {
        context: context.with_trace_state(sent.trace_state),
        attributes: attributes(sent.attributes),
        dropped_attributes: sent.dropped_attributes_count,
    }
}

fn flags(flags: u32) -> TraceFlags {
    TraceFlags::new(flags.to_le_bytes()[0])
}

fn is_remote(flags: u32) -> bool {
    flags & (KNOWS_REMOTE | IS_REMOTE) == KNOWS_REMOTE | IS_REMOTE
}

fn kind(number: i32) -> SpanKind {
    use otlp::span::SpanKind as Sent;
    match Sent::try_from(number) {
        Ok(Sent::Server) => SpanKind::Server,
        Ok(Sent::Client) => SpanKind::Client,
        Ok(Sent::Producer) => SpanKind::Producer,
        Ok(Sent::Consumer) => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

fn status(status: otlp::Status) -> Status {
    match status.code() {
        StatusCode::Ok => Status::Ok,
        StatusCode::Error => Status::error(status.message),
        StatusCode::Unset => Status::Unset,
    }
}
