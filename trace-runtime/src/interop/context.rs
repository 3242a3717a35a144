//! Makes contexts that are attached through OpenTelemetry's `Context` current in the runtime too.
//!
//! The API notifies an observer when a context is attached, and when an earlier one is restored. So the
//! current span is always the innermost, whichever API started it, and a call needs no check. Each context
//! that changes the current span has a frame (`recorder/frames.rs`); frames may be left in any order.

use super::reach;
use crate::context::{Baggage, Current, SpanContext, bits};
use crate::otel::{Represented, represented_by};
use crate::recorder::attached::{Attached, attach_own_span, attach_span};
use crate::recorder::{metered, task};
use crate::state;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::context::{ContextObserver, GlobalContextObserver, ObserverContextView};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::{Arc, Once};

/// Observes contexts from now on. OpenTelemetry has one observer per process; if another was
/// registered first, only local roots check the attached context.
pub(super) fn observe() {
    static OBSERVED: Once = Once::new();
    OBSERVED.call_once(|| {
        GlobalContextObserver::set(Arc::new(Observer));
        // OpenTelemetry asks the observer for a view of each context that is created.
        IS_ASKED.set(false);
        drop(Context::new().with_value(()));
        if IS_ASKED.get() {
            reach::is_observed();
        }
    });
}

/// The parent that a context implies for a span.
pub(super) enum Given {
    /// It contains the attached span: the innermost one is the parent.
    Current,
    /// It contains another span, or none while one is attached.
    Other(Option<SpanContext>),
}

/// Returns the parent that a caller means by this context.
pub(super) fn given(context: &Context) -> Given {
    let place = place_of(context);
    if reach::look(place_of).unwrap_or(0) == place {
        return Given::Current;
    }
    Given::Other(span_of(context).map(Found::into_context))
}

/// A span that a context contains.
pub(super) enum Found {
    /// One of the runtime's.
    Ours(Represented),
    /// One of another process, or of another implementation.
    Theirs(SpanContext),
}

impl Found {
    pub(super) fn into_context(self) -> SpanContext {
        match self {
            Self::Ours(represented) => represented.context,
            Self::Theirs(context) => context,
        }
    }
}

/// Returns the span of a context.
pub(super) fn span_of(context: &Context) -> Option<Found> {
    if !context.has_active_span() {
        return None;
    }
    let span = context.span();
    let is_valid = span.span_context().is_valid();
    is_valid.then(|| match represented_by(&span) {
        Some(represented) => Found::Ours(represented),
        None => Found::Theirs(span.span_context().into()),
    })
}

/// Returns the address of a context's span, which distinguishes contexts with different spans.
fn place_of(context: &Context) -> usize {
    match context.has_active_span() {
        true => std::ptr::from_ref(context.span().span_context()) as usize,
        false => 0,
    }
}

/// A context that is attached.
struct Entry {
    /// The address of its span.
    place: usize,
    /// Its frame; `None` if it has changed nothing.
    _frame: Option<Attached>,
    /// Its span is not current in the runtime, because telemetry was off.
    is_missed: bool,
    /// Its baggage is the runtime's, which is already current where required.
    has_our_baggage: bool,
}

thread_local! {
    // Without destructors, so that they exist until the thread has ended: `forget` releases
    // the memory.
    /// The contexts of this thread, innermost last. If one is detached while another is current in
    /// OpenTelemetry, there is no notification, and it stays until the other is detached. Of those with
    /// the same span, the innermost is taken as the remaining one.
    static ENTERED: RefCell<ManuallyDrop<Vec<Entry>>> =
        const { RefCell::new(ManuallyDrop::new(Vec::new())) };
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
    /// Set while a span of the runtime is being attached, which is already current; the value is whether
    /// the baggage of the context is, too.
    static OURS: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Attaches a span that is already current, with or without its baggage.
pub(super) fn attach_ours(context: Context, has_baggage: bool) -> ContextGuard {
    OURS.set(Some(has_baggage));
    let attached = context.attach();
    OURS.set(None);
    attached
}

/// Returns whether the attached span may differ from the runtime's current one.
pub(super) fn has_missed_span() -> bool {
    ENTERED.with_borrow(|entered| entered.last().is_none_or(|entry| entry.is_missed))
}

/// Returns whether other code made the attached baggage current.
pub(super) fn has_their_baggage() -> bool {
    ENTERED.with_borrow(|entered| entered.last().is_none_or(|entry| !entry.has_our_baggage))
}

/// Forgets all contexts, because OpenTelemetry's state of this thread is about to be destroyed.
pub(super) fn forget() {
    let entered =
        ENTERED.with(|entered| entered.try_borrow_mut().map(|mut it| std::mem::take(&mut **it)));
    drop(entered);
}

struct Observer;

impl ContextObserver for Observer {
    fn on_context_enter(&self, from: &Context, to: &Context) {
        if !reach::is_used() {
            return;
        }
        metered::attached_baggage(!to.baggage().is_empty());
        let place = place_of(to);
        let ours = OURS.get();
        let changes = place_of(from) != place && ours.is_none();
        let is_on = state::is_on(state::load());
        let entry = Entry {
            place,
            _frame: (changes && is_on).then(|| make_current(span_of(to))),
            is_missed: changes && !is_on,
            has_our_baggage: ours == Some(true),
        };
        ENTERED.with_borrow_mut(|entered| entered.push(entry));
    }

    fn on_context_exit(&self, from: &Context, to: &Context) {
        if !reach::is_used() {
            return;
        }
        metered::attached_baggage(!to.baggage().is_empty());
        let (from, to) = (place_of(from), place_of(to));
        ENTERED.with_borrow_mut(|entered| {
            // Missing if it was attached before the observer was registered.
            drop(entered.pop_if(|entry| entry.place == from));
            // Those that were detached earlier.
            while entered.pop_if(|entry| entry.place != to).is_some() {}
        });
    }

    fn make_view(&self, _: &Context) -> Option<Arc<dyn ObserverContextView>> {
        IS_ASKED.set(true);
        None
    }
}

/// Makes the span of a context current, or none.
fn make_current(span: Option<Found>) -> Attached {
    let arriving = |context| task::arriving(&context, Baggage::new());
    match span {
        None => {
            let capture = task::current().capture;
            attach_span(Current { capture, ..Current::NONE })
        }
        Some(Found::Ours(Represented { context, is_owned: true })) => {
            attach_own_span(arriving(context))
        }
        Some(Found::Ours(Represented { context, is_owned: false })) => {
            attach_span(arriving(context))
        }
        Some(Found::Theirs(context)) => {
            // Attributes set on another implementation's span are not recorded.
            let mut next = arriving(context);
            next.bits &= !bits::RECORDING;
            attach_span(next)
        }
    }
}
