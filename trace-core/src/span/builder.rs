//! Builds spans for blocks, closures and callbacks, as `#[trace]` does for functions.

use super::detached::DetachedSpan;
use super::handle::Span;
use super::sites::{Origin, site_of};
use crate::context::{SpanContext, ToContext};
use crate::kind::SpanKind;
use crate::recorder::guard::StartArgs;
use crate::recorder::late;
use crate::recorder::start::Lineage;
use crate::recorder::task::TaskSpan;
use crate::state;
use crate::value::{Text, ToValue, Value};
use std::borrow::Cow;
use std::panic::Location;

/// A builder for a span; created by [`Span::builder`].
///
/// If the name is a literal, `span!` costs less: it creates its site at compile time.
///
/// ```
/// use trace_runtime::{Span, SpanKind};
///
/// let total = Span::builder("sum").with_kind(SpanKind::Client).in_scope(|span| {
///     span.set_attribute("terms", 3);
///     1 + 2 + 3
/// });
/// assert_eq!(total, 6);
/// ```
#[must_use = "a span starts when `start` or `in_scope` is called"]
pub struct SpanBuilder<'a> {
    name: Cow<'static, str>,
    origin: Origin,
    kind: SpanKind,
    root: bool,
    parent: Option<SpanContext>,
    links: Vec<SpanContext>,
    attributes: Vec<(Cow<'static, str>, Value<'a>)>,
}

impl<'a> SpanBuilder<'a> {
    pub(super) fn new(name: Cow<'static, str>, location: &'static Location<'static>) -> Self {
        Self {
            name,
            origin: location.into(),
            kind: SpanKind::Internal,
            root: false,
            parent: None,
            links: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Sets the kind.
    pub fn with_kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// Attributes the span to this library. The library becomes the span's instrumentation scope
    /// and replaces `code.file.path` and `code.line.number`, which would point to where the library
    /// starts its spans.
    ///
    /// ```
    /// use trace_runtime::Span;
    ///
    /// let query = Span::builder("SELECT users")
    ///     .with_scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    ///     .start();
    /// # query.end();
    /// ```
    pub fn with_scope(mut self, name: &'static str, version: &'static str) -> Self {
        self.origin = Origin::Library(name, version);
        self
    }

    /// Continues from this context instead of the current span.
    pub fn with_parent(mut self, parent: impl ToContext) -> Self {
        self.parent = parent.to_context();
        self
    }

    /// Starts a new trace.
    pub fn root(mut self) -> Self {
        self.root = true;
        self
    }

    /// Adds a link to another span.
    pub fn with_link(mut self, to: impl ToContext) -> Self {
        self.links.extend(to.to_context());
        self
    }

    /// Adds an attribute.
    pub fn with_attribute<'b>(
        self,
        key: impl Into<Cow<'static, str>>,
        value: &'b (impl ToValue + ?Sized),
    ) -> SpanBuilder<'b>
    where
        'a: 'b,
    {
        let mut attributes: Vec<(Cow<'static, str>, Value<'b>)> = self.attributes;
        attributes.push((key.into(), value.to_value()));
        SpanBuilder { attributes, ..self }
    }

    /// Starts the span. It becomes current only where it is entered.
    pub fn start(self) -> DetachedSpan {
        if !state::is_on(state::load()) {
            return DetachedSpan::new(TaskSpan::passive());
        }
        let site = site_of(self.origin);
        let lineage = match &self.parent {
            _ if self.root => Lineage::Root,
            Some(parent) => Lineage::Under(parent),
            None => Lineage::Current,
        };
        let args = StartArgs {
            plain_name: Some(&self.name),
            links: self.links,
            pairs: &self.attributes,
            ..StartArgs::new()
        };
        let span = TaskSpan::started(site, self.kind, lineage, args);
        if span.is_recording() {
            let serial = span.serial();
            late::name(serial, self.name.text());
            if !self.attributes.is_empty() {
                late::fields(serial, &self.attributes);
            }
        }
        DetachedSpan::new(span)
    }

    /// Runs `body` within the span and ends it.
    pub fn in_scope<R>(self, body: impl FnOnce(&Span) -> R) -> R {
        self.start().run(body)
    }
}

/// Runs `body` within a new span.
///
/// ```
/// let answer = trace_runtime::in_span("think", |span| {
///     span.set_attribute("depth", 2);
///     42
/// });
/// assert_eq!(answer, 42);
/// ```
#[track_caller]
pub fn in_span<R>(name: impl Into<Cow<'static, str>>, body: impl FnOnce(&Span) -> R) -> R {
    Span::builder(name).in_scope(body)
}
