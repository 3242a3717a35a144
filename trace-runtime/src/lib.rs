//! Attributes that turn calls of Rust functions into OpenTelemetry spans and metrics, and the pipeline that
//! exports them.
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
//! # Contents
//!
//! | to | see |
//! |---|---|
//! | record a function, a block, a type's methods | [`#[trace]`](macro@trace), [`span!`] |
//! | count and time calls | [`#[metered]`](macro@metered), [`Objective`], [`#[derive(Label)]`](macro@Label) |
//! | record a business metric | [`#[business_metric]`](macro@business_metric) |
//! | start, flush and end the pipeline | [`init`], [`Telemetry`], [`Builder`] |
//! | work with spans by hand | [`Span`], [`SpanBuilder`], [`DetachedSpan`], [`in_span`], [`Instrument`] |
//! | pass a context to threads, tasks and services | [`in_current_span`](fn@in_current_span), [`Traced`], [`propagation`] |
//! | attach data that travels with a request | [`Baggage`] |
//! | choose what is recorded | [`sampling`] |
//! | export spans, metrics and logs | [`export`], [`metrics`], [`logs`] |
//! | know what was lost | [`LossReport`], [`DropReason`] |
//! | list everything that is annotated | [`catalog()`](fn@catalog) |
//! | use OpenTelemetry's API beside it | [`interop`] |
//!
//! | guide | answers |
//! |---|---|
//! | [Getting started](guide::getting_started) | How do I see the first trace, in an application and in a library? |
//! | [Instrumenting code](guide::instrumenting) | How do I record this function, value, thread, request, metric or log? |
//! | [Configuration](guide::configuration) | Which environment variable, builder method or cargo feature does it? |
//! | [Operating](guide::operating) | What happens at start-up, under load, at SIGTERM and after a fork? |
//! | [Testing](guide::testing) | How do I assert what my code records? |
//! | [Troubleshooting](guide::troubleshooting) | Why does nothing show up? |
//! | [Performance](guide::performance) | What does each thing cost, and how do I measure it? |
//! | Migration | [fastrace](coming_from_fastrace), [autometrics](coming_from_autometrics), [opentelemetry_sdk](coming_from_opentelemetry_sdk), [tracing](https://docs.rs/trace-tracing/latest/trace_tracing/coming_from_tracing/) |
//!
//! # Libraries and applications
//!
//! A library depends on this crate with `default-features = false`: the attributes leave their items as they
//! are, every handle is a no-op, and nothing else is compiled. An application depends on it with the default
//! features, calls [`init`] once, keeps the guard, and gets the spans of all its libraries. The standard
//! environment variables configure the pipeline, [`Builder`] the rest.
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
    Baggage, BaggageError, SpanContext, SpanId, ToContext, TraceFlags, TraceId, TraceState,
};
pub use kind::SpanKind;
pub use loss::{DropReason, Drops, ExporterReport, LogReport, LossReport, MeasurementReport};
pub use objective::{Latency, Objective, ms};
pub use outcome::Outcome;
pub use propagation::{Context, Traced};
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
    pub use crate::config::{Builder, InitError, Limits};
    pub use crate::context::carried::{WithContext, in_current_span};
    pub use crate::instruments::{InstrumentKind, Label};
    pub use crate::recorder::RecordedValue;
    pub use crate::recorder::guard::Guard as SpanGuard;
    pub use crate::site::SiteInfo;
    pub use crate::span::{ContextGuard, DetachedSpan, Instrument, Span, SpanBuilder, in_span};
    pub use crate::telemetry::{FlushError, Telemetry, init};
}
#[cfg(feature = "enabled")]
pub use enabled::*;

#[cfg(feature = "enabled")]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private_0_1_0;
#[cfg(feature = "enabled")]
#[doc(hidden)]
pub use scope::seam as __testing_0_1_0;
#[cfg(feature = "enabled")]
#[doc(hidden)]
pub use span::seam as __layer_0_1_0;
#[cfg(feature = "enabled")]
mod apart;
#[cfg(feature = "enabled")]
mod catalog;
#[cfg(feature = "enabled")]
mod clock;
#[cfg(feature = "enabled")]
mod collector;
#[cfg(feature = "enabled")]
mod config;
#[cfg(feature = "metrics")]
mod distribution;
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
#[cfg(any(feature = "json", feature = "logs"))]
mod json;
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
mod scope;
#[cfg(feature = "enabled")]
mod site;
#[cfg(feature = "enabled")]
mod span;
#[cfg(feature = "enabled")]
mod state;
#[cfg(feature = "enabled")]
mod telemetry;

pub mod guide;

#[doc = include_str!("../docs/coming-from-autometrics.md")]
pub mod coming_from_autometrics {}
#[doc = include_str!("../docs/coming-from-fastrace.md")]
pub mod coming_from_fastrace {}
#[doc = include_str!("../docs/coming-from-opentelemetry-sdk.md")]
pub mod coming_from_opentelemetry_sdk {}
