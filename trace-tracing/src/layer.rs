//! The layer, which turns the callbacks of `tracing` into spans, events and log records.

use crate::open::Open;
use crate::options::{Events, Options};
use crate::runtime::layer::is_on;
use crate::subscriber::SpanSubscriber;
use crate::table::Table;
use trace_runtime::SpanContext;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Creates a layer with the defaults.
pub fn layer() -> SpanLayer {
    SpanLayer::new()
}

/// A layer that records the spans of `tracing` as spans, and its events as log records or span events.
///
/// Add it once to any subscriber that takes layers, such as [`tracing_subscriber::registry()`], with
/// any filters. It does nothing while telemetry is off. The sampler, limits and exporters of
/// [`trace_runtime::Telemetry`] apply.
///
/// ```
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::prelude::*;
///
/// let layer = trace_tracing::layer().with_level(true).with_filter(LevelFilter::INFO);
/// let subscriber = tracing_subscriber::registry().with(layer);
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info_span!("request").in_scope(|| tracing::info!("seen"));
/// });
/// ```
#[derive(Debug)]
pub struct SpanLayer {
    options: Options,
    open: Table,
}

impl Default for SpanLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl SpanLayer {
    /// Creates a layer with the defaults.
    pub fn new() -> Self {
        Self { options: Options::DEFAULT, open: Table::new() }
    }

    /// Sets whether spans and events get `code.file.path`, `code.line.number` and `code.module.name`;
    /// by default they do.
    #[must_use]
    pub fn with_location(mut self, location: bool) -> Self {
        self.options.location = location;
        self
    }

    /// Sets whether spans get `target`, which events always do; by default they do.
    #[must_use]
    pub fn with_target(mut self, target: bool) -> Self {
        self.options.target = target;
        self
    }

    /// Sets whether spans get `level`, which events always do; by default they do not.
    #[must_use]
    pub fn with_level(mut self, level: bool) -> Self {
        self.options.level = level;
        self
    }

    /// Sets what events become; by default, log records if logs are exported, otherwise span events.
    ///
    /// ```
    /// use trace_tracing::Events;
    ///
    /// let layer = trace_tracing::layer().with_events(Events::SpanEvents);
    /// ```
    #[must_use]
    pub fn with_events(mut self, events: Events) -> Self {
        self.options.events = events;
        self
    }

    /// Sets whether fields that are errors (`error = &err as &dyn Error`) are also recorded as
    /// `exception.message` and `exception.stacktrace`; by default they are.
    #[must_use]
    pub fn with_error_fields_to_exceptions(mut self, enabled: bool) -> Self {
        self.options.error_fields_to_exceptions = enabled;
        self
    }

    /// Sets whether such fields of events are recorded on the span as well; by default they are.
    #[must_use]
    pub fn with_error_records_to_exceptions(mut self, enabled: bool) -> Self {
        self.options.error_records_to_exceptions = enabled;
        self
    }

    /// Sets whether events of level ERROR, and those with only an error, such as those of
    /// `#[instrument(err)]`, fail the span; by default they do.
    #[must_use]
    pub fn with_error_events_to_status(mut self, enabled: bool) -> Self {
        self.options.error_events_to_status = enabled;
        self
    }

    /// Sets whether events with only an error are called `exception` and have it as
    /// `exception.message`; by default they are.
    #[must_use]
    pub fn with_error_events_to_exceptions(mut self, enabled: bool) -> Self {
        self.options.error_events_to_exceptions = enabled;
        self
    }

    /// Converts the layer to a subscriber, for programs without other layers that need a registry: see
    /// [`subscriber`](crate::subscriber()).
    pub fn into_subscriber(self) -> SpanSubscriber {
        SpanSubscriber::new(self.options)
    }

    pub(crate) fn context_of(&self, id: &Id) -> Option<SpanContext> {
        self.open.context_of(id)
    }
}

impl<S: Subscriber> Layer<S> for SpanLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if is_on() {
            self.open.insert(id, |place| self.open.start(place, attributes, self.options));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.open.record(id, values, self.options);
    }

    fn on_follows_from(&self, id: &Id, followed: &Id, _: Context<'_, S>) {
        self.open.link(id, followed);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.open.event(event, self.options);
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.open.enter(id);
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.open.exit(id);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.open.end(&id);
    }
}
