//! Contexts in transit: the identity of a span, and baggage.

use super::{Baggage, SpanContext, ToContext};

/// The data that travel from a caller to its callees: the identity of a span, and baggage.
///
/// Get one from [`Context::current`], from `propagation::extract`, or with a message
/// ([`Traced`](crate::Traced)). Make it current by [`attach`](Self::attach),
/// [`in_scope`](Self::in_scope), or, for futures, streams and sinks, by
/// [`Instrument::with_context`](crate::Instrument::with_context). It is cheap to clone, and can be
/// sent and stored.
///
/// ```
/// use trace_runtime::{propagation::Context, trace};
///
/// #[trace]
/// fn resize(images: &[u32]) {
///     let context = Context::current();
///     std::thread::scope(|scope| {
///         for image in images {
///             scope.spawn(|| context.in_scope(|| resize_one(*image))); // A child of `resize`.
///         }
///     });
/// }
///
/// #[trace]
/// fn resize_one(image: u32) {}
/// # resize(&[1, 2]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    pub(crate) span: SpanContext,
    pub(crate) baggage: Baggage,
}

impl Context {
    /// Returns the identity of the span; invalid if there is none.
    pub fn span_context(&self) -> &SpanContext {
        &self.span
    }

    /// Returns the baggage.
    pub fn baggage(&self) -> &Baggage {
        &self.baggage
    }

    /// Replaces the span.
    #[must_use]
    pub fn with_span_context(mut self, span: SpanContext) -> Self {
        self.span = span;
        self
    }

    /// Replaces the baggage.
    ///
    /// ```
    /// use trace_runtime::{propagation::Context, Baggage, Instrument};
    ///
    /// async fn work() {}
    ///
    /// let baggage = Baggage::current().with_entry("tenant", "acme");
    /// let work = work().with_context(Context::current().with_baggage(baggage));
    /// # drop(work);
    /// ```
    #[must_use]
    pub fn with_baggage(mut self, baggage: Baggage) -> Self {
        self.baggage = baggage;
        self
    }

    /// Runs `body` with this context current.
    ///
    /// ```
    /// use trace_runtime::{in_span, propagation::Context};
    ///
    /// let sum: u32 = in_span("sum", |_| {
    ///     let context = Context::current();
    ///     let half = std::thread::spawn(move || context.in_scope(|| 21));
    ///     half.join().unwrap_or_default() * 2
    /// });
    /// assert_eq!(sum, 42);
    /// ```
    pub fn in_scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _context = self.attach();
        body()
    }
}

impl From<SpanContext> for Context {
    fn from(span: SpanContext) -> Self {
        Self { span, baggage: Baggage::new() }
    }
}

impl ToContext for Context {
    fn to_context(&self) -> Option<SpanContext> {
        self.span.to_context()
    }
}
