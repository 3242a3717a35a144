//! Attributes for functions, and the runtime that turns their calls into OpenTelemetry spans.
//!
//! ```
//! use trace_runtime::trace;
//!
//! #[trace(attrs(order.id = id))]
//! fn checkout(id: u64) -> Result<u64, std::num::ParseIntError> {
//!     price("42").map(|price| price * id)
//! }
//!
//! #[trace]
//! fn price(text: &str) -> Result<u64, std::num::ParseIntError> {
//!     text.parse()
//! }
//!
//! # #[cfg(feature = "console")]
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let _telemetry = trace_runtime::init()?;
//!     checkout(7)?;
//!     Ok(())
//! }
//! # #[cfg(not(feature = "console"))] fn main() {}
//! ```
//!
//! # In libraries
//!
//! Depend on this crate with `default-features = false`: the attributes then leave their items as
//! they are, every handle is a no-op, and nothing else is compiled. An application that turns the
//! features on gets the spans of all its libraries.
//!
//! # In applications
//!
//! Call [`init`] once, keep the guard, and steer everything by the standard environment variables;
//! or say more with `Telemetry::builder`.
//!
//! # In signal handlers
//!
//! Recording is not async-signal-safe: a handler must not call annotated functions, end spans or say
//! anything of them, because it may run in the middle of a record of its own thread. Set a flag, or
//! write to a pipe, and record where that is read.
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "caught.rs"]
pub mod __caught_0_1_0;
mod amount;
mod context;
#[cfg_attr(not(feature = "enabled"), allow(dead_code, unreachable_pub))]
mod escape;
#[cfg(feature = "enabled")]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, unused_imports))]
mod instruments;
mod kind;
mod loss;
mod objective;
mod outcome;
pub mod propagation;
mod status;
mod value;

#[cfg(feature = "enabled")]
pub(crate) use __caught_0_1_0 as caught;
pub use amount::{Amount, ToAmount};
pub use context::{
    Baggage, BaggageError, Context, SpanContext, SpanId, ToContext, TraceFlags, TraceId,
    TraceState, Traced,
};
pub use kind::SpanKind;
pub use loss::{DropReason, Drops, ExporterReport, LogReport, LossReport, MeasurementReport};
pub use objective::{Latency, Objective};
pub use outcome::Outcome;
pub use status::Status;
pub use trace_macros::{Label, business_metric, metered, span, trace};
pub use value::{ToValue, Value};

#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(not(feature = "enabled"))]
#[doc(hidden)]
pub use disabled::private as __private_0_1_0;
#[cfg(not(feature = "enabled"))]
pub use disabled::*;

/// The parts of a build that records.
#[cfg(feature = "enabled")]
mod enabled {
    pub use crate::catalog::{AnnotatedSite, Catalog, MetricEntry, SpanEntry, catalog};
    pub use crate::collector::SpanLimits;
    pub use crate::context::carried::{WithContext, in_current_span};
    pub use crate::error::InitError;
    pub use crate::instruments::{InstrumentKind, Label};
    pub use crate::pipeline::{FlushError, Telemetry, TelemetryBuilder, init};
    pub use crate::recorder::RecordedValue;
    pub use crate::recorder::guard::Guard as SpanGuard;
    pub use crate::site::SiteInfo;
    pub use crate::span::{ContextGuard, DetachedSpan, Instrument, Span, SpanBuilder, in_span};
}
#[cfg(feature = "enabled")]
pub use enabled::*;

#[cfg(feature = "enabled")]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private_0_1_0;
#[cfg(feature = "enabled")]
#[doc(hidden)]
pub use span::seam as __layer_0_1_0;
#[cfg(feature = "enabled")]
#[doc(hidden)]
#[path = "testing/mod.rs"]
pub mod __testing_0_1_0;
#[cfg(feature = "enabled")]
mod catalog;
#[cfg(feature = "enabled")]
mod clock;
#[cfg(feature = "enabled")]
mod collector;
#[cfg(feature = "enabled")]
mod config;
#[cfg(feature = "enabled")]
mod deadline;
#[cfg(feature = "metrics")]
mod distribution;
#[cfg(feature = "enabled")]
mod error;
#[cfg(feature = "enabled")]
pub mod export;
#[cfg(feature = "enabled")]
mod forks;
#[cfg(feature = "enabled")]
mod in_force;
#[cfg(feature = "enabled")]
pub mod interop;
#[cfg(feature = "logs")]
pub mod logs;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "metrics")]
#[doc(hidden)]
pub use metrics::global as __meters_0_1_0;
#[cfg(feature = "enabled")]
mod diagnostics;
#[cfg(feature = "enabled")]
mod hooks;
#[cfg(any(feature = "json", feature = "logs"))]
mod json;
#[cfg(feature = "enabled")]
mod otel;
#[cfg(feature = "enabled")]
mod pipeline;
#[cfg(feature = "enabled")]
#[doc(hidden)]
pub mod probe;
#[cfg(feature = "enabled")]
#[allow(unsafe_code)]
mod recorder;
#[cfg(feature = "enabled")]
mod sampler;
#[cfg(feature = "enabled")]
pub mod sampling;
#[cfg(feature = "enabled")]
mod scope;
#[cfg(feature = "enabled")]
mod site;
#[cfg(feature = "enabled")]
mod span;
#[cfg(feature = "enabled")]
mod state;

#[doc = include_str!("../docs/coming-from-autometrics.md")]
pub mod coming_from_autometrics {}
#[doc = include_str!("../docs/coming-from-fastrace.md")]
pub mod coming_from_fastrace {}
#[doc = include_str!("../docs/coming-from-opentelemetry-sdk.md")]
pub mod coming_from_opentelemetry_sdk {}
