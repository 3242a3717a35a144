//! The subscriber: the layer without a registry under it.

use crate::callsite::{identity_of, metadata_of};
use crate::entered;
use crate::layer::layer;
use crate::open::Open;
use crate::options::Options;
use crate::runtime::layer::is_on;
use crate::slab::Slab;
use trace_runtime::SpanContext;
use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::{Event, Interest, Metadata, Subscriber};

/// The subscriber with the defaults of the layer.
///
/// It keeps the spans itself, which takes less than half the time of a registry with a layer. What
/// needs no registry goes onto it: `EnvFilter` and the other filters of whole subscribers.
///
/// ```
/// use tracing_subscriber::prelude::*;
/// use tracing_subscriber::EnvFilter;
///
/// trace_tracing::subscriber().with(EnvFilter::new("info,hyper=warn")).init();
/// ```
///
/// Filters of single layers (`layer.with_filter(…)`), and layers such as `fmt`, want a registry: with
/// those beside it, use [`layer`](crate::layer()).
pub fn subscriber() -> SpanSubscriber {
    layer().into_subscriber()
}

/// Makes spans of the spans of `tracing`, as [`SpanLayer`](crate::SpanLayer) does, on its own.
///
/// Made by [`subscriber`](crate::subscriber()), or with other options by
/// [`SpanLayer::into_subscriber`](crate::SpanLayer::into_subscriber).
#[derive(Debug)]
pub struct SpanSubscriber {
    options: Options,
    open: Slab,
}

/// What spans go by that are not recorded: no span has it.
const NOT_RECORDED: u64 = u64::MAX;

impl SpanSubscriber {
    pub(crate) fn new(options: Options) -> Self {
        Self { options, open: Slab::new() }
    }

    pub(crate) fn context_of(&self, id: &Id) -> Option<SpanContext> {
        self.open.context_of(id)
    }
}

impl Subscriber for SpanSubscriber {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::always()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let start = || {
            let callsite = identity_of(attributes.metadata(), self.options);
            self.open.insert(callsite, |place| self.open.start(place, attributes, self.options))
        };
        let started = if is_on() { start() } else { None };
        started.unwrap_or_else(|| Id::from_u64(NOT_RECORDED))
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.open.record(id, values, self.options);
    }

    fn record_follows_from(&self, id: &Id, followed: &Id) {
        self.open.link(id, followed);
    }

    fn event(&self, event: &Event<'_>) {
        self.open.event(event, self.options);
    }

    fn enter(&self, id: &Id) {
        self.open.enter(id);
    }

    fn exit(&self, id: &Id) {
        self.open.exit(id);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.open.clone_handle(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.open.drop_handle(&id)
    }

    fn current_span(&self) -> Current {
        let current = || {
            let id = entered::innermost(self.open.owner())?;
            let metadata = metadata_of(self.open.callsite(&id)?)?;
            Some(Current::new(id, metadata))
        };
        current().unwrap_or_else(Current::none)
    }
}
