//! The current span, and how it travels.

mod baggage;
#[cfg(feature = "enabled")]
mod capture;
#[cfg(feature = "enabled")]
mod current;
#[cfg(feature = "enabled")]
pub mod ids;
mod portable;
mod span_context;

#[cfg(feature = "enabled")]
pub use baggage::as_remote;
pub use baggage::{Baggage, BaggageError, insert as insert_baggage, is_token};
#[cfg(feature = "enabled")]
pub use capture::{DETERMINISTIC, HANDED, JUDGED, NUMBER, is_counting};
#[cfg(feature = "enabled")]
pub(crate) use current::is_same_state;
#[cfg(feature = "enabled")]
pub use current::{Current, bits};
pub use portable::Context;
pub use span_context::{SpanContext, SpanId, ToContext, TraceFlags, TraceId, TraceState};
#[cfg(feature = "enabled")]
pub use span_context::{capture_of, in_capture, is_recorded_here, route_of_context};
