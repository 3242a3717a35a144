//! Which span is current, and how that travels.

mod baggage;
#[cfg(feature = "enabled")]
pub(crate) mod carried;
mod closure;
#[cfg(feature = "enabled")]
mod current;
#[cfg(feature = "enabled")]
pub(crate) mod future;
mod portable;
#[cfg(feature = "enabled")]
pub(crate) mod scoped;
mod span_context;
mod traced;

#[cfg(feature = "enabled")]
pub(crate) use baggage::is_token;
pub use baggage::{Baggage, BaggageError};
#[cfg(feature = "enabled")]
pub(crate) use current::{Current, bits, is_same_state};
pub use portable::Context;
pub use span_context::{SpanContext, SpanId, ToContext, TraceFlags, TraceId, TraceState};
pub use traced::Traced;
