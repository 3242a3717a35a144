//! Names the propagation formats, and applies several of them at once.

use super::{
    B3Propagator, BaggagePropagator, Context, Extractor, Injector, JaegerPropagator, Propagator,
    TraceContextPropagator,
};
use crate::caught::caught;
use std::sync::Arc;

/// The formats that the environment can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    TraceContext,
    Baggage,
    B3,
    B3Multi,
    Jaeger,
}

impl Format {
    /// The names that `OTEL_PROPAGATORS` accepts.
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("tracecontext", Self::TraceContext),
        ("baggage", Self::Baggage),
        ("b3", Self::B3),
        ("b3multi", Self::B3Multi),
        ("jaeger", Self::Jaeger),
    ];
}

/// Several formats at once: each writes; if several read the same thing, the last one wins.
#[derive(Clone, Debug)]
pub(crate) struct Composite(Arc<[Box<dyn Propagator>]>);

impl Composite {
    pub(crate) fn new(all: Vec<Box<dyn Propagator>>) -> Self {
        Self(all.into())
    }

    pub(crate) fn of(formats: &[Format]) -> Self {
        let make = |format: &Format| -> Box<dyn Propagator> {
            match format {
                Format::TraceContext => Box::new(TraceContextPropagator),
                Format::Baggage => Box::new(BaggagePropagator),
                Format::B3 => Box::new(B3Propagator::single()),
                Format::B3Multi => Box::new(B3Propagator::multi()),
                Format::Jaeger => Box::new(JaegerPropagator),
            }
        };
        Self::new(formats.iter().map(make).collect())
    }

    pub(crate) fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        for format in &*self.0 {
            let _ = caught(|| format.inject(context, carrier));
        }
    }

    pub(crate) fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        self.0.iter().fold(context, |context, format| {
            let before = context.clone();
            caught(|| format.extract(context, carrier)).unwrap_or(before)
        })
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().flat_map(|format| format.fields().iter().copied())
    }
}

impl Default for Composite {
    fn default() -> Self {
        Self::of(&[Format::TraceContext, Format::Baggage])
    }
}
