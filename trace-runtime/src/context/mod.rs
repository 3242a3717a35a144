//! Which span is current, and how that travels.

#[cfg(feature = "enabled")]
pub(crate) mod carried;
#[cfg(feature = "enabled")]
mod current;
#[cfg(feature = "enabled")]
pub(crate) mod future;
mod span_context;

#[cfg(feature = "enabled")]
pub(crate) use current::{Current, bits, is_same_state};
pub use span_context::{SpanContext, SpanId, ToContext, TraceFlags, TraceId};
