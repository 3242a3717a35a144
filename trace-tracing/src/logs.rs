//! Emits events as log records, through the pipeline's logger provider.

use crate::callsite::{Callsites, RECENT, Recent};
use crate::home::HomeSpan;
use crate::runtime::layer::logs::{self, Attributes, EventRecord, EventSite, EventSpan, Source};
use std::cell::Cell;
use trace_runtime::Value;
use tracing_core::{Level, Metadata};

thread_local! {
    static RECENT_EVENTS: Recent<&'static EventSite> =
        const { [const { Cell::new((0, None)) }; RECENT] };
}

static EVENTS: Callsites<&'static EventSite> = Callsites::new(&RECENT_EVENTS);

/// An event, as a log record needs it.
pub(crate) struct Emitted<'a, A> {
    pub(crate) metadata: &'static Metadata<'static>,
    /// Whether the record gets the source location of the callsite.
    pub(crate) is_located: bool,
    pub(crate) span: HomeSpan,
    /// The target, if it is not the callsite's.
    pub(crate) target: Value<'a>,
    pub(crate) message: Value<'a>,
    pub(crate) attributes: A,
}

/// Emits an event as a log record.
pub(crate) fn emit<'a>(event: Emitted<'a, impl Attributes<'a>>) {
    let (metadata, is_located) = (event.metadata, event.is_located);
    // Less than the size of metadata is added, so that no two share an identity.
    let identity = std::ptr::from_ref(metadata).addr() + usize::from(is_located);
    logs::emit(EventRecord {
        site: EVENTS.get(identity, || Box::leak(Box::new(site_of(metadata, is_located)))),
        target: event.target,
        message: event.message,
        attributes: event.attributes,
        span: match event.span {
            HomeSpan::Current => EventSpan::Current,
            HomeSpan::Of(span) => EventSpan::Of(span),
            HomeSpan::None => EventSpan::None,
        },
    });
}

/// Returns whether anything takes the event as a log record.
pub(crate) fn is_wanted(metadata: &Metadata<'_>) -> bool {
    // Records of `log` have theirs in a field.
    let target = Some(metadata.target()).filter(|target| *target != "log");
    logs::is_wanted(level(*metadata.level()), target)
}

fn site_of(metadata: &'static Metadata<'static>, is_located: bool) -> EventSite {
    EventSite {
        source: Source::Tracing,
        level: level(*metadata.level()),
        name: given_name(metadata),
        target: metadata.target(),
        file: metadata.file().filter(|_| is_located),
        module: metadata.module_path().filter(|_| is_located),
        line: metadata.line().filter(|_| is_located),
    }
}

/// Returns the name, if it was given: `tracing` names all other events after their source location.
fn given_name(metadata: &'static Metadata<'static>) -> Option<&'static str> {
    let name = metadata.name();
    let is_given = !name.starts_with("event ") && !name.starts_with("log ");
    (is_given && metadata.target() != "log").then_some(name)
}

fn level(level: Level) -> logs::Level {
    match level {
        Level::TRACE => logs::Level::Trace,
        Level::DEBUG => logs::Level::Debug,
        Level::INFO => logs::Level::Info,
        Level::WARN => logs::Level::Warn,
        Level::ERROR => logs::Level::Error,
    }
}
