//! Builds telemetry by hand, so that messages are deterministic.

use std::sync::Arc;
use trace_runtime::{
    SpanContext, SpanKind, Status,
    propagation::{SpanId, TraceFlags, TraceId},
    span::Outcome,
};
use trace_testkit::Recorded;
use trace_testkit::model::{EventData, LinkData, ResourceData, ScopeData, SpanData};
use trace_testkit::source::Snapshot;

/// A span of trace `trace` with this id and parent; it begins `id` milliseconds after the epoch
/// and takes a tenth of one.
pub(crate) fn span(trace: u128, id: u64, parent: u64, name: &str) -> SpanData {
    let mut span = SpanData::new(name);
    span.trace_id = TraceId::from_u128(trace);
    span.span_id = SpanId::from_u64(id);
    span.parent_span_id = SpanId::from_u64(parent);
    span.flags = TraceFlags::SAMPLED;
    span.start_unix_nanos = id * 1_000_000;
    span.end_unix_nanos = span.start_unix_nanos + 100_000;
    span.order = id;
    span.outcome = Some(Outcome::Ok);
    span.scope = ScopeData::new("shop", "1.2.0");
    span.resource = Arc::new(ResourceData::new(vec![("service.name".to_owned(), "shop".into())]));
    span
}

pub(crate) fn incoming() -> SpanContext {
    SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(0xabc), TraceFlags::SAMPLED)
}

/// A checkout: its charge was declined, its e-mail went out, the audit refers to the charge, and
/// two parcels were shipped. Beside it a health check.
pub(crate) fn spans() -> Vec<SpanData> {
    let mut checkout = span(1, 1, 0xabc, "POST /checkout");
    checkout.kind = SpanKind::Server;
    checkout.parent_is_remote = true;
    checkout.end_unix_nanos = 9_000_000;
    let mut charge = span(1, 2, 1, "charge")
        .with_attribute("user.id", 7)
        .with_attribute("amount", 12.5)
        .with_attribute("card.brand", "visa")
        .with_attribute("code.line.number", 41)
        .with_attribute("error.type", "Declined");
    charge.kind = SpanKind::Client;
    charge.status = Status::error("card declined");
    charge.outcome = Some(Outcome::Error);
    charge.events = vec![
        EventData::new("retry").with_attribute("attempt", 2),
        EventData::new("exception").with_attribute("exception.message", "card declined"),
    ];
    let query = span(1, 3, 2, "SELECT card");
    let mut email = span(1, 4, 1, "email").with_attribute("to", "ada@example.org");
    email.status = Status::Ok;
    email.parallel = true;
    let mut audit = span(1, 5, 1, "audit");
    audit.parallel = true;
    audit.links = vec![LinkData::new(charge.context()).with_attribute("reason", "declined")];
    let ship = [6, 7].map(|id| span(1, id, 1, "ship").with_attribute("parcel", id));
    let health = span(2, 8, 0, "GET /health");
    let mut all = vec![checkout, charge, query, email, audit, health];
    all.extend(ship);
    all
}

pub(crate) fn snapshot() -> Snapshot {
    Snapshot::of_spans(spans())
}

pub(crate) fn shop() -> Recorded {
    recorded(snapshot())
}

pub(crate) fn recorded(snapshot: Snapshot) -> Recorded {
    Recorded::new(Arc::new(snapshot))
}
