#![doc = include_str!("../docs/crate.md")]
#![forbid(unsafe_code)]

mod callsite;
mod entered;
mod error;
mod event;
mod fields;
mod home;
mod layer;
#[cfg(feature = "logs")]
mod logs;
mod open;
mod options;
mod otel;
mod slab;
mod span;
mod span_ext;
mod subscriber;
mod table;

trace_runtime::__versioned! {
    use trace_runtime::__private as runtime;
}

pub use layer::{SpanLayer, layer};
pub use options::Events;
pub use span_ext::SpanExt;
pub use subscriber::{SpanSubscriber, subscriber};

#[doc(no_inline)]
pub use trace_runtime::SpanContext;

#[doc = include_str!("../docs/coming-from-tracing.md")]
pub mod coming_from_tracing {}
