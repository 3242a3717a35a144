//! Defines log records ([data model](https://opentelemetry.io/docs/specs/otel/logs/data-model/)).

use super::shared::{Attribute, ResourceData, ScopeData};
use super::value::AttributeValue;
use std::sync::Arc;
use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};

/// A log record.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LogData {
    /// When it happened, in nanoseconds since the Unix epoch; 0 if unknown.
    pub unix_nanos: u64,
    /// When it was observed, in nanoseconds since the Unix epoch; 0 if unknown.
    pub observed_unix_nanos: u64,
    /// The severity number, from 1 (trace) to 24 (fatal); 0 if unknown.
    pub severity_number: u8,
    /// The severity as the source names it; empty if unknown.
    pub severity_text: String,
    /// The body.
    pub body: Option<AttributeValue>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The trace in which it was written; invalid if there was none.
    pub trace_id: TraceId,
    /// The span in which it was written; invalid if there was none.
    pub span_id: SpanId,
    /// The W3C flags of that span.
    pub flags: TraceFlags,
    /// The name of the event; empty if it is not an event.
    pub event_name: String,
    /// The library that wrote it.
    pub scope: ScopeData,
    /// The program that wrote it.
    pub resource: Arc<ResourceData>,
    /// The number of attributes dropped by a limit.
    pub dropped_attributes: u32,
}

impl LogData {
    /// Creates a record with this body; everything else is empty.
    pub fn new(body: impl Into<AttributeValue>) -> Self {
        Self { body: Some(body.into()), ..Self::default() }
    }
}
