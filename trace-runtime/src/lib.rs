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
//! | start, flush and end the pipeline | [`init`], [`Telemetry`], [`TelemetryBuilder`] |
//! | work with spans by hand | [`Span`], [`in_span`], [`Instrument`], [`span`](mod@span) |
//! | pass a context to threads, tasks and services | [`in_current_span`](fn@in_current_span), [`Traced`](propagation::Traced), [`propagation`] |
//! | attach data that travels with a request | [`Baggage`] |
//! | choose what is recorded | [`sampling`] |
//! | describe the program | [`resource`] |
//! | export spans, metrics and logs | [`export`], [`metrics`], [`logs`] |
//! | know what was lost, and what works | [`loss`], [`health`] |
//! | configure it by a file, with components of the program | [`config_file`](guide::configuration_file), `plugin` |
//! | list everything that is annotated | [`catalog()`](fn@catalog) |
//! | use OpenTelemetry's API beside it | [`interop`] |
//!
//! | guide | answers |
//! |---|---|
//! | [Getting started](guide::getting_started) | How do I see the first trace, in an application and in a library? |
//! | [Instrumenting code](guide::instrumenting) | How do I record this function, value, thread, request, metric or log? |
//! | [Sampling](guide::sampling) | Which traces are kept, by share, by rule, by rate? |
//! | [Configuration](guide::configuration) | Which environment variable, builder method or cargo feature does it? |
//! | [Commands](guide::command_line) | How does a program that people wait for start, print and end? |
//! | [Operating](guide::operating) | What happens at start-up, under load, at SIGTERM and after a fork? |
//! | [Testing](guide::testing) | How do I assert what my code records? |
//! | [Troubleshooting](guide::troubleshooting) | Why does nothing show up? |
//! | [Performance](guide::performance) | What does each thing cost, and how do I measure it? |
//! | Migration | [fastrace](guide::coming_from_fastrace), [autometrics](guide::coming_from_autometrics), [opentelemetry_sdk](guide::coming_from_opentelemetry_sdk), [tracing](https://docs.rs/trace-tracing/latest/trace_tracing/coming_from_tracing/) |
//!
//! # Libraries and applications
//!
//! A library depends on [`trace-core`](https://docs.rs/trace-core), or on this crate, with
//! `default-features = false`: the attributes leave their items as they are, every handle is a no-op, and
//! nothing else is compiled. An application depends on this crate with the default features, calls [`init`]
//! once, keeps the guard, and gets the spans of all its libraries. The standard environment variables
//! configure the pipeline, [`TelemetryBuilder`] the rest.
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
        amount, carriers, caught, clock, context, escape, glob, hooks, instruments, kind, level, objective,
        otel, outcome, recorder, request, sampler, captures, site, site_rules, span as spans, state,
        status, value,
    };
    #[cfg(not(feature = "enabled"))]
    use trace_core::__private::runtime::context;
    #[cfg(feature = "metrics")]
    use trace_core::__private::runtime::distribution;
}

#[doc(inline)]
pub use trace_core::{
    Baggage, Instrument, Level, LevelError, Objective, Span, SpanContext, SpanKind, Status,
    ToValue, Value, in_current_span, in_span,
};
#[doc(hidden)]
pub use trace_macros::__versioned;
pub use trace_macros::{Label, business_metric, metered, span, trace};

#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(not(feature = "enabled"))]
pub use disabled::*;

/// The parts of a build that records.
#[cfg(feature = "enabled")]
mod enabled {
    #[cfg(feature = "clap")]
    pub use crate::args::TelemetryArgs;
    pub use crate::catalog::catalog;
    pub use crate::error::InitError;
    pub use crate::export::signal::Signal;
    #[cfg(feature = "config-file")]
    pub use crate::pipeline::{ConfigHandle, ReloadError};
    pub use crate::pipeline::{
        ControlError, HealthHandle, LevelHandle, SamplingHandle, SwitchHandle, Telemetry,
        TelemetryBuilder, init,
    };
    #[doc(inline)]
    pub use trace_core::Label;
}
#[cfg(feature = "enabled")]
pub use enabled::*;

#[cfg(feature = "clap")]
mod args;
#[cfg(feature = "enabled")]
mod baggage_attributes;
#[cfg(feature = "enabled")]
pub mod catalog;
#[cfg(feature = "enabled")]
mod collector;
#[cfg(feature = "enabled")]
mod config;
#[cfg(feature = "config-file")]
pub mod config_file;
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
#[cfg(feature = "enabled")]
pub mod health;
mod hidden;
#[cfg(all(feature = "enabled", feature = "http"))]
mod instrumentation;
#[cfg(feature = "enabled")]
pub mod interop;
#[cfg(feature = "enabled")]
#[cfg_attr(
    not(any(feature = "json", feature = "logs")),
    allow(dead_code, reason = "reports contain no fractions")
)]
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
#[cfg(feature = "config-file")]
pub mod plugin;
#[cfg(feature = "enabled")]
pub mod resource;
#[cfg(feature = "enabled")]
pub mod sampling;
pub mod span;
#[cfg(feature = "enabled")]
mod testing;

pub mod guide;
