//! Which span is current, and how that travels.

mod baggage;
#[cfg(feature = "enabled")]
pub mod carried;
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

pub use baggage::{Baggage, BaggageError, insert as insert_baggage, is_token};
#[cfg(feature = "enabled")]
pub(crate) use current::is_same_state;
#[cfg(feature = "enabled")]
pub use current::{Current, bits};
pub use portable::Context;
pub use span_context::{SpanContext, SpanId, ToContext, TraceFlags, TraceId, TraceState};
#[cfg(feature = "enabled")]
pub use span_context::{capture_of, in_capture};
pub use traced::Traced;
