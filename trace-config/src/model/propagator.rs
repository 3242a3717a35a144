//! The propagators of contexts.

use super::Extension;
use super::describe::{records, unions};

records! {
    /// The propagators of contexts, in the order in which they are used.
    Propagator {
        /// The propagators.
        composite: Vec<TextMapPropagator> [items(1)] => "those of composite_list";
        /// Further propagators in the format of `OTEL_PROPAGATORS`; duplicates are left out.
        composite_list: String [null] => "none";
    }

    /// W3C trace context.
    TraceContextPropagator, null {}
    /// W3C baggage.
    BaggagePropagator, null {}
    /// Zipkin's B3, in one header.
    B3Propagator, null {}
    /// Zipkin's B3, in several headers.
    B3MultiPropagator, null {}
}

unions! {
    /// A propagator.
    TextMapPropagator, Extension {
        /// W3C trace context.
        TraceContext(TraceContextPropagator) = "tracecontext";
        /// W3C baggage.
        Baggage(BaggagePropagator) = "baggage";
        /// Zipkin's B3, in one header.
        B3(B3Propagator) = "b3";
        /// Zipkin's B3, in several headers.
        B3Multi(B3MultiPropagator) = "b3multi";
    }
}
