//! Implements the callbacks of `tracing` on open spans, for the layer and the subscriber.

use crate::home::{Home, HomeSpan};
use crate::options::Options;
use crate::runtime::layer::{Lineage, SharedSpan, Subject, is_on};
use crate::{entered, event, span};
use trace_runtime::SpanContext;
use tracing_core::Event;
use tracing_core::span::{Attributes, Id, Record};

/// A collection of open spans by id.
pub(crate) trait Open {
    /// Runs `look` on a span, if it is open. `look` must not run user code.
    fn look<R>(&self, id: &Id, look: impl FnOnce(&SharedSpan) -> Option<R>) -> Option<R>;

    /// Returns a number that identifies this collection.
    fn owner(&self) -> usize;

    fn context_of(&self, id: &Id) -> Option<SpanContext> {
        self.look(id, SharedSpan::context)
    }

    fn subject_of(&self, id: &Id) -> Option<Subject> {
        self.look(id, SharedSpan::subject)
    }

    /// Starts a span in `place`; returns `false` if it is not recorded.
    #[inline]
    fn start(&self, place: &SharedSpan, attributes: &Attributes<'_>, options: Options) -> bool {
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
        span::start(place, attributes, lineage, options)
    }

    fn record(&self, id: &Id, values: &Record<'_>, options: Options) {
        if let Some(subject) = self.subject_of(id) {
            span::record(subject, values, options);
        }
    }

    fn link(&self, id: &Id, followed: &Id) {
        if let (Some(subject), Some(followed)) = (self.subject_of(id), self.context_of(followed)) {
            subject.add_link(&followed);
        }
    }

    fn event(&self, event: &Event<'_>, options: Options) {
        if !is_on() {
            return;
        }
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
        event::record(home, event, options);
    }

    #[inline]
    fn enter(&self, id: &Id) {
        self.look(id, |span| {
            entered::enter(self.owner(), id, span);
            Some(())
        });
    }

    #[inline]
    fn exit(&self, id: &Id) {
        if let Some(serial) = self.look(id, SharedSpan::leave) {
            entered::leave(serial);
        }
    }
}
