//! No-op stand-ins for spans.

use crate::context::{Baggage, Context, SpanContext, ToContext};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::status::Status;
use crate::value::ToValue;
use std::borrow::Cow;
use std::error::Error;
use std::marker::PhantomData;

/// A handle on a span; nothing is recorded in this build.
#[derive(Clone, Debug)]
pub struct Span(());

impl Span {
    /// Returns the span that is current on this thread or in this task.
    #[inline(always)]
    pub fn current() -> Self {
        Self(())
    }

    /// Returns a builder for a span that is not bound to a function.
    #[inline(always)]
    pub fn builder(_name: impl Into<Cow<'static, str>>) -> SpanBuilder<'static> {
        SpanBuilder(PhantomData)
    }

    /// Returns whether data added to this span are recorded.
    #[inline(always)]
    pub fn is_recording(&self) -> bool {
        false
    }

    /// Returns the identity of the span: invalid.
    #[inline(always)]
    pub fn context(&self) -> SpanContext {
        SpanContext::default()
    }

    /// Sets an attribute.
    #[inline(always)]
    pub fn set_attribute(&self, _key: impl Into<Cow<'static, str>>, _value: impl ToValue) -> &Self {
        self
    }

    /// Sets several attributes.
    #[inline(always)]
    pub fn set_attributes(&self, _attributes: &[(&'static str, &dyn ToValue)]) -> &Self {
        self
    }

    /// Adds an event that happened now.
    #[inline(always)]
    pub fn add_event(
        &self,
        _name: impl Into<Cow<'static, str>>,
        _attributes: &[(&'static str, &dyn ToValue)],
    ) -> &Self {
        self
    }

    /// Adds a link to another span.
    #[inline(always)]
    pub fn add_link(&self, _to: impl ToContext) -> &Self {
        self
    }

    /// Adds a link to another span, with attributes that describe it.
    #[inline(always)]
    pub fn add_link_with(
        &self,
        _to: impl ToContext,
        _attributes: &[(&'static str, &dyn ToValue)],
    ) -> &Self {
        self
    }

    /// Records an error.
    #[inline(always)]
    pub fn record_error<E: Error>(&self, _error: &E) -> &Self {
        self
    }

    /// Records an error and marks the span failed.
    #[inline(always)]
    pub fn fail<E: Error>(&self, _error: &E) -> &Self {
        self
    }

    /// Sets the status.
    #[inline(always)]
    pub fn set_status(&self, _status: Status) -> &Self {
        self
    }

    /// Renames the span.
    #[inline(always)]
    pub fn update_name(&self, _name: impl Into<Cow<'static, str>>) -> &Self {
        self
    }

    /// Makes the span current on this thread until the guard is dropped.
    #[inline(always)]
    pub fn attach(&self) -> ContextGuard {
        ContextGuard(PhantomData)
    }
}

impl ToContext for Span {
    fn to_context(&self) -> Option<SpanContext> {
        None
    }
}

impl SpanContext {
    /// Makes this context current on this thread until the guard is dropped.
    #[inline(always)]
    pub fn attach(&self) -> ContextGuard {
        ContextGuard(PhantomData)
    }
}

impl Context {
    /// Returns a context without a span and without baggage.
    #[inline(always)]
    pub fn current() -> Self {
        Self::default()
    }

    /// Makes this context current on this thread until the guard is dropped.
    #[inline(always)]
    pub fn attach(&self) -> ContextGuard {
        ContextGuard(PhantomData)
    }
}

impl Baggage {
    /// Returns empty baggage.
    #[inline(always)]
    pub fn current() -> Self {
        Self::new()
    }

    /// Makes this baggage current on this thread until the guard is dropped.
    #[inline(always)]
    pub fn attach(self) -> ContextGuard {
        ContextGuard(PhantomData)
    }
}

/// A guard that restores the previous context when dropped.
#[must_use = "the context is current until the guard is dropped: bind it, `let _guard = …`"]
pub struct ContextGuard(PhantomData<*const ()>);

/// A guard that ends the span of a block when dropped.
#[must_use = "the span ends when the guard is dropped: bind it to a variable, `let _span = …`"]
pub struct SpanGuard(PhantomData<*const ()>);

impl SpanGuard {
    /// Returns a guard that does nothing.
    #[doc(hidden)]
    #[inline(always)]
    pub const fn off() -> Self {
        Self(PhantomData)
    }
}

/// A builder for a span.
#[must_use = "a span starts when `start` or `in_scope` is called"]
pub struct SpanBuilder<'a>(PhantomData<&'a ()>);

impl<'a> SpanBuilder<'a> {
    /// Sets the kind.
    #[inline(always)]
    pub fn with_kind(self, _kind: SpanKind) -> Self {
        self
    }

    /// Attributes the span to this library.
    #[inline(always)]
    pub fn with_scope(self, _name: &'static str, _version: &'static str) -> Self {
        self
    }

    /// Continues from this context instead of the current span.
    #[inline(always)]
    pub fn with_parent(self, _parent: impl ToContext) -> Self {
        self
    }

    /// Starts a new trace.
    #[inline(always)]
    pub fn root(self) -> Self {
        self
    }

    /// Adds a link to another span.
    #[inline(always)]
    pub fn with_link(self, _to: impl ToContext) -> Self {
        self
    }

    /// Adds an attribute.
    #[inline(always)]
    pub fn with_attribute<'b>(
        self,
        _key: impl Into<Cow<'static, str>>,
        _value: &'b (impl ToValue + ?Sized),
    ) -> SpanBuilder<'b>
    where
        'a: 'b,
    {
        SpanBuilder(PhantomData)
    }

    /// Starts the span.
    #[inline(always)]
    pub fn start(self) -> DetachedSpan {
        DetachedSpan(())
    }

    /// Runs `body`.
    #[inline(always)]
    pub fn in_scope<R>(self, body: impl FnOnce(&Span) -> R) -> R {
        body(&Span(()))
    }
}

/// Returns the closure itself.
#[inline(always)]
pub fn in_current_span<R>(body: impl FnOnce() -> R) -> impl FnOnce() -> R {
    body
}

/// A stand-in for the context that a closure carries.
#[doc(hidden)]
pub struct Carried;

impl Carried {
    /// Returns a stand-in.
    #[inline(always)]
    pub fn current() -> Self {
        Self
    }

    /// Does nothing.
    #[inline(always)]
    pub fn attach(self) {}
}

/// Runs `body`.
#[inline(always)]
pub fn in_span<R>(_name: impl Into<Cow<'static, str>>, body: impl FnOnce(&Span) -> R) -> R {
    body(&Span(()))
}

/// A span that is not bound to a scope.
#[derive(Debug)]
#[must_use = "the span ends when it is dropped"]
pub struct DetachedSpan(());

impl DetachedSpan {
    /// Returns a handle for adding data to the span.
    #[inline(always)]
    pub fn span(&self) -> Span {
        Span(())
    }

    /// Returns the identity of the span: invalid.
    #[inline(always)]
    pub fn context(&self) -> SpanContext {
        SpanContext::default()
    }

    /// Runs `body`.
    #[inline(always)]
    pub fn in_scope<R>(&mut self, body: impl FnOnce(&Span) -> R) -> R {
        body(&Span(()))
    }

    /// Ends the span.
    #[inline(always)]
    pub fn end(self) {}

    /// Ends the span as failed.
    #[inline(always)]
    pub fn end_with_error<E: Error>(self, _error: &E) {}

    /// Ends the span as cancelled.
    #[inline(always)]
    pub fn cancel(self) {}

    /// Ends the span with this outcome.
    #[inline(always)]
    pub fn end_as(self, _outcome: Outcome) {}
}

impl ToContext for DetachedSpan {
    fn to_context(&self) -> Option<SpanContext> {
        None
    }
}

/// Instruments a future or a stream.
pub trait Instrument: Sized {
    /// Returns the future itself.
    #[inline(always)]
    fn instrument(self, _span: DetachedSpan) -> Self {
        self
    }

    /// Returns the future itself.
    #[inline(always)]
    fn in_current_span(self) -> Self {
        self
    }

    /// Returns the future itself.
    #[inline(always)]
    fn with_context(self, _context: impl Into<Context>) -> Self {
        self
    }
}

impl<T> Instrument for T {}
