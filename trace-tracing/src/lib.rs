#![doc = include_str!("../docs/crate.md")]
#![forbid(unsafe_code)]

mod callsite;
mod entered;
mod error;
mod event;
mod fields;
mod layer;
#[cfg(feature = "logs")]
mod logs;
mod options;
mod otel;
mod span;
mod span_ext;
mod table;

pub use layer::{SpanLayer, layer};
pub use options::Events;
pub use span_ext::SpanExt;

#[doc = include_str!("../docs/coming-from-tracing.md")]
pub mod coming_from_tracing {}
