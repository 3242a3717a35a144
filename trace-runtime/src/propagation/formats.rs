//! Names the propagation formats, and applies several of them at once.

use super::private::PrivateBaggage;
use super::{
    B3Propagator, BaggagePropagator, Context, Extractor, Injector, JaegerPropagator, Propagator,
    TraceContextPropagator, XRayPropagator,
};
use crate::caught::caught;
use crate::context::as_remote;
use std::borrow::Cow;
use std::sync::Arc;

/// The formats that the environment can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    TraceContext,
    Baggage,
    B3,
    B3Multi,
    Jaeger,
    XRay,
}

impl Format {
    /// The names that `OTEL_PROPAGATORS` accepts.
    pub(crate) const NAMES: [(&'static str, Self); 6] = [
        ("tracecontext", Self::TraceContext),
        ("baggage", Self::Baggage),
        ("b3", Self::B3),
        ("b3multi", Self::B3Multi),
        ("jaeger", Self::Jaeger),
        ("xray", Self::XRay),
    ];
}

/// One of several formats. Those of the W3C are known, so that headers are read and written directly.
#[derive(Debug)]
pub(crate) enum Member {
    TraceContext,
    Baggage,
    /// Another format of this crate.
    Own(Box<dyn Propagator>),
    /// A format of other code, which may want to see the context that it writes as the current one.
    Other(Box<dyn Propagator>),
}

impl Member {
    pub(crate) fn of(format: Format) -> Self {
        match format {
            Format::TraceContext => Self::TraceContext,
            Format::Baggage => Self::Baggage,
            Format::B3 => Self::Own(Box::new(B3Propagator::single())),
            Format::B3Multi => Self::Own(Box::new(B3Propagator::multi())),
            Format::Jaeger => Self::Own(Box::new(JaegerPropagator)),
            Format::XRay => Self::Own(Box::new(XRayPropagator)),
        }
    }

    fn propagator(&self) -> &dyn Propagator {
        match self {
            Self::TraceContext => &TraceContextPropagator,
            Self::Baggage => &BaggagePropagator,
            Self::Own(propagator) | Self::Other(propagator) => &**propagator,
        }
    }

    pub(super) fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let _ = caught(|| self.propagator().inject(context, carrier));
    }

    pub(super) fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        let before = context.clone();
        let extracted = caught(|| self.propagator().extract(context, carrier)).unwrap_or(before);
        match self {
            // What other code adds came from the carrier.
            Self::Other(_) => {
                let baggage = as_remote(extracted.baggage().clone());
                extracted.with_baggage(baggage)
            }
            _ => extracted,
        }
    }
}

/// Several formats at once: each writes; if several read the same thing, the last one wins.
#[derive(Clone, Debug)]
pub(crate) struct Composite {
    members: Arc<[Member]>,
    private: Arc<PrivateBaggage>,
}

impl Composite {
    pub(crate) fn new(all: Vec<Box<dyn Propagator>>) -> Self {
        Self::of_members(all.into_iter().map(Member::Other).collect())
    }

    pub(crate) fn of(formats: &[Format]) -> Self {
        Self::of_members(formats.iter().copied().map(Member::of).collect())
    }

    pub(crate) fn of_members(members: Arc<[Member]>) -> Self {
        Self { members, private: Arc::default() }
    }

    /// Sends no private baggage.
    pub(crate) fn without(self, private: PrivateBaggage) -> Self {
        Self { private: Arc::new(private), ..self }
    }

    /// Returns what is sent of a context.
    pub(super) fn outgoing<'c>(&self, context: &'c Context) -> Cow<'c, Context> {
        self.private.without(context)
    }

    #[cfg(feature = "http")]
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(crate) fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let context = self.outgoing(context);
        self.members.iter().for_each(|format| format.inject(&context, carrier));
    }

    pub(crate) fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        self.members.iter().fold(context, |context, format| format.extract(context, carrier))
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.members.iter().flat_map(|format| format.propagator().fields().iter().copied())
    }
}

impl Default for Composite {
    fn default() -> Self {
        Self::of(&[Format::TraceContext, Format::Baggage])
    }
}
