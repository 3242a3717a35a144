//! Implements spans for code that uses OpenTelemetry's API.

use super::attributes::with_pairs;
use super::time::tick_of;
use crate::context::{Current, SpanContext, capture_of, in_capture};
use crate::otel::{Represented, answer};
use crate::outcome::Outcome;
use crate::recorder::finish::Finish;
use crate::recorder::late;
use crate::value::{Text, Value};
use opentelemetry::KeyValue;
use opentelemetry::trace::{self as otel, SpanBuilder, Status};
use std::borrow::Cow;
use std::time::SystemTime;

/// A span that was started through OpenTelemetry's API.
///
/// It ends when `end` is called or when it is dropped; later changes are lost. Times that
/// the program sets are kept, but no span ends before it starts. A span that is dropped by a panic
/// ends as failed, as those of `#[trace]` do.
#[derive(Debug)]
pub struct Span {
    /// The context that the API returns.
    context: otel::SpanContext,
    /// The span that it represents. It ends one that it owns.
    represented: Represented,
    serial: u64,
    recording: bool,
}

impl Span {
    /// Returns the span that a builder describes, which has been started.
    pub(super) fn started(current: Current, recording: bool, builder: SpanBuilder) -> Self {
        // One that is left out has the context of the span above, which it must not end.
        let span = Self::new(&current, recording, recording);
        if recording {
            span.describe(builder);
        }
        span
    }

    /// Returns a span through which other code can describe the span of a function.
    pub(super) fn handle(current: &Current) -> Self {
        Self::new(current, current.is_recording() && current.is_own(), false)
    }

    /// Returns a span that records nothing and represents `parent`.
    pub(super) fn silent(parent: &SpanContext) -> Self {
        let represented = Represented { context: parent.clone(), is_owned: false };
        Self { context: parent.into(), represented, serial: 0, recording: false }
    }

    fn new(current: &Current, recording: bool, is_owned: bool) -> Self {
        let represented = Represented { context: current.context(), is_owned };
        let context = (&represented.context).into();
        Self { context, represented, serial: current.serial, recording }
    }

    fn capture(&self) -> u32 {
        capture_of(&self.represented.context)
    }

    fn describe(&self, builder: SpanBuilder) {
        late::name(self.serial, builder.name.text());
        self.put_attributes(&builder.attributes.unwrap_or_default());
        for event in builder.events.into_iter().flatten() {
            self.put_event(event.name.text(), event.timestamp, &event.attributes);
        }
        for link in builder.links.into_iter().flatten() {
            self.put_link(&link.span_context, &link.attributes);
        }
    }

    fn put_attributes(&self, attributes: &[KeyValue]) {
        if !attributes.is_empty() {
            with_pairs(attributes, |pairs| late::fields(self.serial, pairs));
        }
    }

    fn put_event(&self, name: Value<'_>, time: SystemTime, attributes: &[KeyValue]) {
        let at = tick_of(time, self.capture());
        with_pairs(attributes, |pairs| late::event_at(self.serial, at, name, pairs));
    }

    fn put_link(&self, to: &otel::SpanContext, attributes: &[KeyValue]) {
        let to = in_capture(to.into(), self.capture());
        with_pairs(attributes, |pairs| late::link(self.serial, &to, pairs));
    }

    fn end_at(&mut self, tick: Option<u64>) {
        if std::mem::take(&mut self.recording) {
            let mut finish = Finish::new(self.serial, true);
            if std::thread::panicking() {
                finish.set_outcome(Outcome::Panic);
            }
            finish.end_at(tick);
        }
    }
}

impl otel::Span for Span {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        if self.recording {
            self.put_event(name.into().text(), timestamp, &attributes);
        }
    }

    fn span_context(&self) -> &otel::SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        answer(&self.represented);
        self.recording
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if self.recording {
            self.put_attributes(&[attribute]);
        }
    }

    fn set_attributes(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        if self.recording {
            self.put_attributes(&Vec::from_iter(attributes));
        }
    }

    fn set_status(&mut self, status: Status) {
        if self.recording {
            match status {
                Status::Unset => {}
                Status::Ok => late::status(self.serial, 1, Value::Static("")),
                Status::Error { description } => late::status(self.serial, 2, description.text()),
            }
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if self.recording {
            late::name(self.serial, new_name.into().text());
        }
    }

    fn add_link(&mut self, span_context: otel::SpanContext, attributes: Vec<KeyValue>) {
        if self.recording {
            self.put_link(&span_context, &attributes);
        }
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        // The span of a function ends with it.
        if self.represented.is_owned {
            self.end_at(tick_of(timestamp, self.capture()));
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if self.represented.is_owned {
            self.end_at(None);
        }
    }
}
