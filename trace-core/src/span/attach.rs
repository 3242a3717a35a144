//! Attaches spans, contexts and baggage to a thread until a guard is dropped.

use crate::context::{Baggage, Context, SpanContext};
use crate::hooks;
use crate::recorder::attached::{Attached, attach_baggage, attach_current, attach_span};
use crate::recorder::share::current_for_others;
use crate::recorder::task;

/// A guard that keeps a context current until it is dropped. Not `Send`: it belongs to its thread.
///
/// Guards, those of spans included, may be dropped in any order: of the guards that remain, the
/// most recent one determines what is current.
///
/// ```
/// use trace_runtime::Baggage;
///
/// let acme = Baggage::new().with_entry("tenant", "acme").attach();
/// let globex = Baggage::new().with_entry("tenant", "globex").attach();
/// drop(acme);
/// assert_eq!(Baggage::current().get("tenant"), Some("globex"));
/// drop(globex);
/// assert!(Baggage::current().is_empty());
/// ```
#[must_use = "the context is current until the guard is dropped: bind it, `let _guard = …`"]
pub struct ContextGuard {
    _attached: Attached,
}

impl From<Attached> for ContextGuard {
    fn from(attached: Attached) -> Self {
        Self { _attached: attached }
    }
}

impl SpanContext {
    /// Makes this context current on this thread until the guard is dropped: spans that start
    /// meanwhile are its children. The baggage stays as it is.
    pub fn attach(&self) -> ContextGuard {
        attach_span(task::arriving(self, Baggage::new())).into()
    }
}

impl Context {
    /// Returns the current context of this thread or task: our span and baggage, or else what other
    /// code has made current through OpenTelemetry's `Context`.
    pub fn current() -> Self {
        let current = current_for_others();
        let capture = current.context().capture;
        let attached = || Some(SpanContext { capture, ..hooks::attached_parent()? });
        let span = if current.trace_id == 0 { attached() } else { None };
        Self::in_force(span.unwrap_or_else(|| current.context()), current.baggage)
    }

    /// Returns the context of code that runs in this span with this baggage: that of other code, if it
    /// is empty.
    pub(super) fn in_force(span: SpanContext, baggage: Baggage) -> Self {
        Self { span, baggage: or_attached(baggage) }
    }

    /// Makes this context current on this thread until the guard is dropped, its baggage included.
    ///
    /// ```
    /// use trace_runtime::{in_span, propagation::Context, Baggage};
    ///
    /// let context = Context::default().with_baggage(Baggage::new().with_entry("tenant", "acme"));
    /// let _context = context.attach();
    /// assert_eq!(Baggage::current().get("tenant"), Some("acme"));
    /// ```
    pub fn attach(&self) -> ContextGuard {
        attach_current(task::arriving(&self.span, self.baggage.clone())).into()
    }
}

impl Baggage {
    /// Returns the current baggage of this thread or task: ours, or else that of OpenTelemetry's
    /// `Context`.
    pub fn current() -> Self {
        or_attached(task::current().baggage)
    }

    /// Makes this baggage current on this thread until the guard is dropped; the span stays as it
    /// is.
    ///
    /// ```
    /// use trace_runtime::Baggage;
    ///
    /// let outer = Baggage::new().with_entry("tenant", "acme").attach();
    /// {
    ///     let _inner = Baggage::new().attach();
    ///     assert!(Baggage::current().is_empty());
    /// }
    /// assert_eq!(Baggage::current().get("tenant"), Some("acme"));
    /// drop(outer);
    /// assert!(Baggage::current().is_empty());
    /// ```
    pub fn attach(self) -> ContextGuard {
        attach_baggage(self).into()
    }
}

fn or_attached(baggage: Baggage) -> Baggage {
    if baggage.is_empty() { hooks::attached_baggage() } else { baggage }
}
