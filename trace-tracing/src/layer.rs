//! The layer: what `tracing` tells, and where it goes.

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

/// The layer with its defaults.
pub fn layer() -> SpanLayer {
    SpanLayer::new()
}

/// Makes spans of the spans of `tracing`, and log records or span events of its events.
///
/// It goes onto any subscriber that takes layers, such as [`tracing_subscriber::registry()`], once,
/// under whatever filters. While telemetry is off it does nothing. What it records goes the way of
/// all spans: the pipeline's sampler, limits and exporters are those of
/// [`trace_runtime::Telemetry`].
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
    /// The layer with its defaults.
    pub fn new() -> Self {
        Self { options: Options::DEFAULT, open: Table::new() }
    }

    /// Whether spans and events carry `code.file.path`, `code.line.number` and `code.module.name`;
    /// they do by default.
    #[must_use]
    pub fn with_location(mut self, location: bool) -> Self {
        self.options.location = location;
        self
    }

    /// Whether spans carry `target`, which events always do; they do by default.
    #[must_use]
    pub fn with_target(mut self, target: bool) -> Self {
        self.options.target = target;
        self
    }

    /// Whether spans carry `level`, which events always do; they do not by default.
    #[must_use]
    pub fn with_level(mut self, level: bool) -> Self {
        self.options.level = level;
        self
    }

    /// What becomes of events; by default, log records where logs are exported, else span events.
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

    /// Whether fields that are errors (`error = &err as &dyn Error`) become `exception.message` and
    /// `exception.stacktrace` beside themselves and their chain; they do by default.
    #[must_use]
    pub fn with_error_fields_to_exceptions(mut self, enabled: bool) -> Self {
        self.options.error_fields_to_exceptions = enabled;
        self
    }

    /// Whether such fields of events give these attributes to the span as well; they do by default.
    #[must_use]
    pub fn with_error_records_to_exceptions(mut self, enabled: bool) -> Self {
        self.options.error_records_to_exceptions = enabled;
        self
    }

    /// Whether events of level ERROR, and those that say nothing but an error, as
    /// `#[instrument(err)]` makes them, fail the span; they do by default.
    #[must_use]
    pub fn with_error_events_to_status(mut self, enabled: bool) -> Self {
        self.options.error_events_to_status = enabled;
        self
    }

    /// Whether events that say nothing but an error are called `exception` and say it as
    /// `exception.message`; they do by default.
    #[must_use]
    pub fn with_error_events_to_exceptions(mut self, enabled: bool) -> Self {
        self.options.error_events_to_exceptions = enabled;
        self
    }

    /// A subscriber that does what this layer does, for programs that have no layer beside it which
    /// asks for a registry: see [`subscriber`](crate::subscriber()).
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
