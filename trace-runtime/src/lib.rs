//! Attributes for functions, and the runtime that turns their calls into OpenTelemetry spans.
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod context;
mod outcome;
mod site;
mod value;

#[cfg(feature = "enabled")]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private_0_1_0;
#[cfg(feature = "enabled")]
mod clock;
#[cfg(feature = "enabled")]
mod collector;
#[cfg(feature = "enabled")]
mod config;
#[cfg(feature = "enabled")]
pub mod export;
#[cfg(feature = "enabled")]
mod interop;
#[cfg(feature = "enabled")]
mod notice;
#[cfg(feature = "enabled")]
#[doc(hidden)]
pub mod probe;
#[cfg(feature = "enabled")]
#[allow(unsafe_code)]
mod recorder;
#[cfg(feature = "enabled")]
pub mod sampling;
#[cfg(feature = "enabled")]
mod span;
#[cfg(feature = "enabled")]
mod state;
#[cfg(feature = "enabled")]
mod telemetry;

pub use context::{SpanContext, SpanId, ToContext, TraceFlags, TraceId};
pub use outcome::Outcome;
pub use site::{SiteInfo, SpanKind};
pub use trace_macros::{span, trace};
pub use value::{ToValue, Value};

#[cfg(feature = "enabled")]
pub use collector::{DropReason, Drops, ExporterReport, LossReport};
#[cfg(feature = "enabled")]
pub use config::{Builder, InitError, Limits};
#[cfg(feature = "enabled")]
pub use recorder::RecordedValue;
#[cfg(feature = "enabled")]
pub use recorder::guard::Guard as SpanGuard;
#[cfg(feature = "enabled")]
pub use span::{ContextGuard, DetachedSpan, Instrument, Span, SpanBuilder, in_span};
#[cfg(feature = "enabled")]
pub use telemetry::{FlushError, Telemetry, init};
