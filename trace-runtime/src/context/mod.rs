//! Which span is current, and how that travels.

mod span_context;

pub use span_context::{SpanContext, SpanId, ToContext, TraceFlags, TraceId};
