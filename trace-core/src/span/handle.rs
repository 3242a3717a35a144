//! Handles on spans: add data to a span, or pass its identity on.

use super::attach::ContextGuard;
use super::builder::SpanBuilder;
use crate::context::ids;
use crate::context::{SpanContext, ToContext};
use crate::recorder::late::{self, ErrorInfo};
use crate::recorder::share::current_for_others;
use crate::status::Status;
use crate::value::{Text, ToValue, Value};
use std::borrow::Cow;
use std::error::Error;

/// A handle on a span, most often the current one.
///
/// Every method does nothing, cheaply, when the span is not recorded. A handle may be kept, cloned
/// and sent; data added after the span has ended are lost, and counted.
///
/// ```
/// use trace_runtime::Span;
///
/// fn load(user: u64) -> Vec<u8> {
///     let span = Span::current();
///     span.set_attribute("user.id", user);
///     let bytes = vec![0; 10];
///     span.add_event("loaded", &[("bytes", &bytes.len())]);
///     bytes
/// }
/// # load(7);
/// ```
#[derive(Clone, Debug)]
pub struct Span {
    pub(super) context: SpanContext,
    pub(super) recording: bool,
}

impl Span {
    /// Returns the span that is current on this thread or in this task.
    ///
    /// In a function whose span a sampler has
    /// [left out](https://docs.rs/trace-runtime/latest/trace_runtime/sampling/struct.Rule.html#method.thin), it
    /// has the identity of the span above, and adds nothing to it.
    pub fn current() -> Self {
        let current = current_for_others();
        let recording = current.is_recording() && current.is_own();
        Self { recording, context: current.context() }
    }

    /// Returns a builder for a span that is not bound to a function: see [`SpanBuilder`].
    #[track_caller]
    pub fn builder(name: impl Into<Cow<'static, str>>) -> SpanBuilder<'static> {
        SpanBuilder::new(name.into(), std::panic::Location::caller())
    }

    /// Returns whether data added to this span are recorded.
    pub fn is_recording(&self) -> bool {
        self.recording
    }

    /// Returns the identity of the span, to pass to other threads, messages and services. Invalid
    /// when there is no span.
    pub fn context(&self) -> SpanContext {
        self.context.clone()
    }

    fn id(&self) -> Option<u64> {
        self.recording.then(|| ids::serial_in(self.context.span_id, self.context.capture))
    }

    /// Sets an attribute; a later value for the same key replaces an earlier one.
    pub fn set_attribute(&self, key: impl Into<Cow<'static, str>>, value: impl ToValue) -> &Self {
        if let Some(id) = self.id() {
            late::fields(id, &[(key.into(), value.to_value())]);
        }
        self
    }

    /// Sets several attributes.
    pub fn set_attributes(&self, attributes: &[(&'static str, &dyn ToValue)]) -> &Self {
        if let Some(id) = self.id() {
            late::fields(id, &pairs(attributes));
        }
        self
    }

    /// Adds an event that happened now.
    pub fn add_event(
        &self,
        name: impl Into<Cow<'static, str>>,
        attributes: &[(&'static str, &dyn ToValue)],
    ) -> &Self {
        if let Some(id) = self.id() {
            late::event(id, name.into().text(), &pairs(attributes));
        }
        self
    }

    /// Adds a link to another span.
    pub fn add_link(&self, to: impl ToContext) -> &Self {
        self.add_link_with(to, &[])
    }

    /// Adds a link to another span, with attributes that describe it.
    pub fn add_link_with(
        &self,
        to: impl ToContext,
        attributes: &[(&'static str, &dyn ToValue)],
    ) -> &Self {
        if let (Some(id), Some(to)) = (self.id(), to.to_context()) {
            late::link(id, &to, &pairs(attributes));
        }
        self
    }

    /// Records an error with its chain of sources as an `exception` event. The status is unchanged,
    /// as OpenTelemetry specifies: an error that was handled does not fail the span.
    pub fn record_error<E: Error>(&self, error: &E) -> &Self {
        if let Some(id) = self.id() {
            late::error(id, false, &info(error));
        }
        self
    }

    /// Records an error and marks the span failed, as `#[trace]` does with an `Err`.
    pub fn fail<E: Error>(&self, error: &E) -> &Self {
        if let Some(id) = self.id() {
            late::error(id, true, &info(error));
        }
        self
    }

    /// Sets the status; an explicit `Ok` is final.
    pub fn set_status(&self, status: Status) -> &Self {
        let Some(id) = self.id() else { return self };
        match status {
            Status::Unset => {}
            Status::Ok => late::status(id, 1, Value::Static("")),
            Status::Error { description } => late::status(id, 2, description.text()),
        }
        self
    }

    /// Renames the span.
    pub fn update_name(&self, name: impl Into<Cow<'static, str>>) -> &Self {
        if let Some(id) = self.id() {
            late::name(id, name.into().text());
        }
        self
    }

    /// Makes the span current on this thread until the guard is dropped, which does not end the
    /// span: for code that carries a span across a callback.
    pub fn attach(&self) -> ContextGuard {
        self.context.attach()
    }
}

impl ToContext for Span {
    fn to_context(&self) -> Option<SpanContext> {
        self.context.to_context()
    }
}

fn info<E: Error>(error: &E) -> ErrorInfo<'_> {
    ErrorInfo {
        kind: Value::Static(std::any::type_name::<E>()),
        message: Some(error),
        source: late::cause(|| error.source()),
    }
}

pub(super) fn pairs<'a>(
    attributes: &'a [(&'static str, &'a dyn ToValue)],
) -> Vec<(Cow<'static, str>, Value<'a>)> {
    attributes.iter().map(|(key, value)| (Cow::Borrowed(*key), value.to_value())).collect()
}
