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
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod propagation;

trace_macros::__versioned! {
    /// Is named after the version, so that no other code leans on it.
    #[doc(hidden)]
    pub mod __private {
        pub use crate::hidden::*;
    }

    // The record path, under the names of its modules.
    #[cfg(feature = "enabled")]
    #[allow(unused_imports, reason = "not every feature uses all of it")]
    use trace_core::__private::runtime::{
        amount, caught, clock, context, escape, hooks, instruments, kind, objective,
        otel, outcome, recorder, sampler, scope, site, span, state, status, value,
    };
    #[cfg(not(feature = "enabled"))]
    use trace_core::__private::runtime::context;
    #[cfg(feature = "metrics")]
    use trace_core::__private::runtime::distribution;
}

#[doc(inline)]
pub use trace_core::{
    Baggage, ContextGuard, DetachedSpan, Instrument, Objective, Outcome, Span, SpanBuilder,
    SpanContext, SpanGuard, SpanId, SpanKind, Status, ToValue, TraceId, Value, in_current_span,
    in_span,
};
#[doc(hidden)]
pub use trace_macros::__versioned;
pub use trace_macros::{Label, business_metric, metered, span, trace};

#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(not(feature = "enabled"))]
pub use disabled::*;
#[cfg(not(feature = "enabled"))]
#[doc(inline)]
pub use trace_core::Label;

/// The parts of a build that records.
#[cfg(feature = "enabled")]
mod enabled {
    pub use crate::catalog::catalog;
    pub use crate::collector::SpanLimits;
    pub use crate::error::InitError;
    pub use crate::pipeline::{Telemetry, TelemetryBuilder, init};
    #[doc(inline)]
    pub use trace_core::Label;
}
#[cfg(feature = "enabled")]
pub use enabled::*;

#[cfg(feature = "enabled")]
pub mod catalog;
#[cfg(feature = "enabled")]
mod collector;
#[cfg(feature = "enabled")]
mod config;
#[cfg(feature = "enabled")]
mod deadline;
#[cfg(feature = "enabled")]
mod diagnostics;
#[cfg(feature = "enabled")]
mod error;
#[cfg(feature = "enabled")]
pub mod export;
#[cfg(feature = "enabled")]
mod forks;
mod hidden;
#[cfg(feature = "enabled")]
pub mod interop;
#[cfg(any(feature = "json", feature = "logs"))]
mod json;
#[cfg(feature = "logs")]
pub mod logs;
pub mod loss;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "metrics/types.rs"]
pub mod metrics;
#[cfg(feature = "enabled")]
mod pipeline;
#[cfg(feature = "enabled")]
pub mod sampling;
#[cfg(feature = "enabled")]
mod testing;

#[doc = include_str!("../docs/coming-from-autometrics.md")]
pub mod coming_from_autometrics {}
#[doc = include_str!("../docs/coming-from-fastrace.md")]
pub mod coming_from_fastrace {}
#[doc = include_str!("../docs/coming-from-opentelemetry-sdk.md")]
pub mod coming_from_opentelemetry_sdk {}
