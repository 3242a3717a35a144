//! The subscriber, which does the same as the layer without a registry.

use crate::callsite::{identity_of, metadata_of};
use crate::entered;
use crate::open::Open;
use crate::options::Options;
use crate::runtime::layer::is_on;
use crate::slab::Slab;
use trace_runtime::SpanContext;
use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::{Event, Interest, Metadata, Subscriber};

/// Creates a subscriber with the defaults of the layer.
///
/// It stores spans itself, in less than half the time of a registry with a layer. Add `EnvFilter` and
/// other filters of whole subscribers, which need no registry.
///
/// ```
/// use tracing_subscriber::prelude::*;
/// use tracing_subscriber::EnvFilter;
///
/// trace_tracing::subscriber().with(EnvFilter::new("info,hyper=warn")).init();
/// ```
///
/// Filters of single layers (`layer.with_filter(…)`), and layers such as `fmt`, need a registry: with
/// them, use [`layer`](crate::layer()).
pub fn subscriber() -> SpanSubscriber {
    SpanSubscriber::new(Options::DEFAULT)
}

/// A subscriber that records the spans of `tracing` like [`SpanLayer`](crate::SpanLayer), without a
/// registry.
///
/// Created by [`subscriber`](crate::subscriber()), or with other options by
/// [`SpanLayer::into_subscriber`](crate::SpanLayer::into_subscriber).
#[derive(Debug)]
pub struct SpanSubscriber {
    options: Options,
    open: Slab,
}

/// The id of spans that are not recorded; no recorded span has it.
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
