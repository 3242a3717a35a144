//! Carries contexts across process boundaries: in the headers of requests, in messages, and in the
//! environment of child processes
//! ([Propagators](https://opentelemetry.io/docs/specs/otel/context/api-propagators/)).
//!
//! ```
//! use std::collections::HashMap;
//! use trace_runtime::{in_span, propagation};
//!
//! // The client …
//! let mut headers = HashMap::new();
//! in_span("call", |_| propagation::inject(&mut headers));
//!
//! // … and the server.
//! propagation::extract(&headers).in_scope(|| in_span("serve", |_| ()));
//! ```
//!
//! The formats are those that [`TelemetryBuilder::with_propagator`](crate::TelemetryBuilder::with_propagator)
//! or `OTEL_PROPAGATORS` names; by default W3C Trace Context and W3C Baggage. Installing
//! telemetry also makes them OpenTelemetry's global propagator, so that code that uses
//! `opentelemetry::global::get_text_map_propagator` propagates the runtime's spans.
//!
//! | to | write |
//! |---|---|
//! | send it with a request | `propagation::inject(&mut HeaderInjector(request.headers_mut()))` |
//! | take it from a request | `#[trace(parent = propagation::extract(&HeaderExtractor(headers)))]`, or, with baggage, `handle(request).with_context(propagation::extract(…))` |
//! | send it with a message | [`Traced::new(message)`](crate::propagation::Traced) |
//! | hand it to a child process | `propagation::inject(&mut CommandInjector(&mut command))` |
//! | take it from a parent process | `let _context = propagation::extract(&EnvExtractor::new()).attach();` |
//! | hand it to a task | `tokio::spawn(work().in_current_span())` |
//! | hand it to a thread | `thread::spawn(in_current_span(work))` |
//! | hand it to a closure with arguments, such as those of rayon's scopes | `rayon::scope(in_current_span!(\|scope\| …))` |

mod environment;
#[cfg(feature = "http")]
mod headers;
#[cfg(all(feature = "enabled", feature = "http"))]
pub(crate) mod requests;

pub use environment::{CommandInjector, EnvExtractor};
#[cfg(feature = "http")]
pub use headers::{HeaderExtractor, HeaderInjector};
#[cfg(feature = "enabled")]
#[doc(inline)]
pub use trace_core::WithContext;
#[doc(inline)]
pub use trace_core::{
    BaggageError, Context, SpanId, ToContext, TraceFlags, TraceId, TraceState, Traced,
};

#[cfg(not(feature = "enabled"))]
use crate::disabled::propagation::fields;
#[cfg(not(feature = "enabled"))]
pub use crate::disabled::propagation::{Extractor, Injector, extract, inject, inject_context};

#[cfg(feature = "enabled")]
mod b3;
#[cfg(feature = "enabled")]
mod carrier;
#[cfg(feature = "enabled")]
mod formats;
#[cfg(feature = "enabled")]
mod global;
#[cfg(feature = "enabled")]
mod hex;
#[cfg(feature = "enabled")]
mod installed;
#[cfg(feature = "enabled")]
mod jaeger;
#[cfg(feature = "enabled")]
mod private;
#[cfg(feature = "enabled")]
mod propagator;
#[cfg(feature = "enabled")]
mod trace_context;
#[cfg(feature = "enabled")]
mod w3c_baggage;
#[cfg(feature = "enabled")]
mod xray;

#[cfg(feature = "enabled")]
mod enabled {
    pub use super::b3::B3Propagator;
    pub use super::installed::{extract, inject, inject_context};
    pub use super::jaeger::JaegerPropagator;
    pub use super::propagator::Propagator;
    pub use super::trace_context::TraceContextPropagator;
    pub use super::w3c_baggage::BaggagePropagator;
    pub use super::xray::XRayPropagator;
    pub use opentelemetry::propagation::{Extractor, Injector};
}
#[cfg(feature = "enabled")]
pub use enabled::*;
#[cfg(feature = "enabled")]
pub(crate) use formats::{Composite, Format, Member};
#[cfg(feature = "enabled")]
pub(crate) use installed::{fields, install};
#[cfg(feature = "enabled")]
pub(crate) use private::PrivateBaggage;
