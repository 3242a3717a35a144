//! Attributes for functions, and the record path that their calls take: for libraries.
//!
//! A library annotates its functions with this crate alone. The recorded calls become spans and
//! metrics in programs that install [`trace-runtime`](https://docs.rs/trace-runtime); in all others
//! a call costs a load and a branch. This crate contains no exporter, no configuration and no
//! OpenTelemetry.
//!
//! With default features off, the attributes leave their items as they are, every handle is a
//! no-op, and the macro crate is the only dependency. A program that depends on `trace-runtime`
//! turns the features on for all its libraries.
//!
//! Applications depend on `trace-runtime`, which offers everything in this crate under the same
//! names.
//!
//! # In signal handlers
//!
//! Recording is not async-signal-safe: a handler must not call annotated functions or end spans,
//! because it may interrupt its own thread in the middle of a record.
#![deny(unsafe_code)]
#![allow(rustdoc::private_intra_doc_links, reason = "modules are public for the hidden one alone")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod amount;
mod carriers;
mod caught;
mod context;
#[cfg_attr(not(feature = "enabled"), allow(dead_code, unreachable_pub))]
mod escape;
mod hidden;
#[cfg(feature = "enabled")]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, unused_imports))]
mod instruments;
mod kind;
mod level;
mod loss;
mod objective;
mod outcome;
mod status;
mod value;

pub use amount::{Amount, ToAmount};
pub use carriers::Traced;
pub use context::{
    Baggage, BaggageError, Context, SpanContext, SpanId, ToContext, TraceFlags, TraceId, TraceState,
};
pub use kind::SpanKind;
pub use level::{Level, LevelError};
pub use objective::{Latency, Objective};
pub use outcome::Outcome;
pub use status::Status;
#[doc(inline)]
pub use trace_macros::{
    CoreLabel as Label, core_business_metric as business_metric, core_metered as metered,
    core_span as span, core_trace as trace,
};
pub use value::{ToValue, Value};

trace_macros::__versioned! {
    /// Named after the version, so that no other code depends on it.
    #[doc(hidden)]
    pub mod __private {
        pub use crate::hidden::*;
    }
}

#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(not(feature = "enabled"))]
pub use disabled::*;

/// The parts of a build that records.
#[cfg(feature = "enabled")]
mod enabled {
    pub use crate::carriers::carried::{WithContext, in_current_span};
    pub use crate::instruments::Label;
    pub use crate::recorder::guard::Guard as SpanGuard;
    pub use crate::span::{ContextGuard, DetachedSpan, Instrument, Span, SpanBuilder, in_span};
}
#[cfg(feature = "enabled")]
pub use enabled::*;

#[cfg(feature = "enabled")]
#[allow(missing_docs, reason = "hidden")]
mod captures;
#[cfg(feature = "enabled")]
mod clock;
#[cfg(feature = "metrics")]
mod distribution;
#[cfg(feature = "enabled")]
#[cfg_attr(not(unix), allow(dead_code))]
mod fork;
#[cfg(feature = "enabled")]
#[allow(missing_docs, reason = "hidden")]
mod glob;
#[cfg(feature = "enabled")]
mod hooks;
#[cfg(feature = "enabled")]
mod in_force;
#[cfg(feature = "opentelemetry")]
mod otel;
#[cfg(feature = "enabled")]
mod probe;
#[cfg(feature = "enabled")]
#[allow(missing_docs, reason = "hidden, but for the guard")]
#[allow(unsafe_code)]
mod recorder;
#[cfg(feature = "enabled")]
mod request;
#[cfg(feature = "enabled")]
mod sampler;
#[cfg(feature = "enabled")]
mod site;
#[cfg(feature = "enabled")]
mod site_rules;
#[cfg(feature = "enabled")]
mod span;
#[cfg(feature = "enabled")]
#[allow(missing_docs, reason = "hidden")]
mod state;
