//! The layer: what `tracing` tells, and where it goes.

use crate::event::{Home, HomeSpan};
use crate::options::{Events, Options};
use crate::table::Table;
use crate::{entered, event, span};
use trace_runtime::__layer_0_1_0::{Lineage, OpenSpan, Subject, is_on};
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

    pub(crate) fn context_of(&self, id: &Id) -> Option<SpanContext> {
        self.open.look(id, |span| span.context())
    }

    fn subject_of(&self, id: &Id) -> Option<Subject> {
        self.open.look(id, |span| span.subject()).flatten()
    }
}

impl<S: Subscriber> Layer<S> for SpanLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if !is_on() {
            return;
        }
        entered::settle();
        let parent: Option<SpanContext>;
        let lineage = match attributes.parent() {
            None if attributes.is_contextual() => Lineage::Current,
            None => Lineage::Root,
            Some(id) => {
                parent = self.context_of(id);
                // A parent that a filter has hidden leaves its children without one.
                parent.as_ref().map_or(Lineage::Root, Lineage::Under)
            }
        };
        if let Some(span) = span::start(attributes, lineage, self.options) {
            self.open.insert(id, span);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        if let Some(subject) = self.subject_of(id) {
            span::record(subject, values, self.options);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        if let (Some(subject), Some(followed)) = (self.subject_of(id), self.context_of(follows)) {
            subject.add_link(&followed);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !is_on() {
            return;
        }
        entered::settle();
        let home = match event.parent() {
            // A parent that a filter has hidden leaves its events without one.
            Some(id) => Home {
                subject: self.subject_of(id),
                span: self.context_of(id).map_or(HomeSpan::None, HomeSpan::Of),
            },
            None if event.is_contextual() => {
                Home { subject: Subject::current(), span: HomeSpan::Current }
            }
            None => Home { subject: None, span: HomeSpan::None },
        };
        event::record(home, event, self.options);
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.open.look(id, |span| entered::enter(span));
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        if let Some(serial) = self.open.look(id, OpenSpan::leave) {
            entered::leave(serial);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        drop(self.open.remove(&id));
    }
}
