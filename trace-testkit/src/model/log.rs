//! Log records ([data model](https://opentelemetry.io/docs/specs/otel/logs/data-model/)).

use super::{Attribute, AttributeValue, ResourceData, ScopeData};
use std::sync::Arc;
use trace_runtime::{SpanId, TraceId, propagation::TraceFlags};

/// A log record.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LogData {
    /// When it happened, in nanoseconds since the Unix epoch; 0 when not told.
    pub unix_nanos: u64,
    /// When it was seen, in nanoseconds since the Unix epoch; 0 when not told.
    pub observed_unix_nanos: u64,
    /// The severity from 1 (trace) to 24 (fatal); 0 when not told.
    pub severity_number: u8,
    /// The severity in the words of the source; empty when not told.
    pub severity_text: String,
    /// What it says.
    pub body: Option<AttributeValue>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The trace in which it was written; invalid when there was none.
    pub trace_id: TraceId,
    /// The span in which it was written; invalid when there was none.
    pub span_id: SpanId,
    /// The W3C flags of that span.
    pub flags: TraceFlags,
    /// The name of the event that it is; empty when it is none.
    pub event_name: String,
    /// The library that wrote it.
    pub scope: ScopeData,
    /// The program that wrote it.
    pub resource: Arc<ResourceData>,
    /// Attributes over the limit.
    pub dropped_attributes: u32,
}

impl LogData {
    /// A record with this body, everything else empty.
    pub fn new(body: impl Into<AttributeValue>) -> Self {
        Self { body: Some(body.into()), ..Self::default() }
    }
}
