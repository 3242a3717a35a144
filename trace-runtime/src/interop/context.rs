//! Makes contexts that are attached through OpenTelemetry's `Context` current in the runtime too.
//!
//! The API notifies an observer when a context is attached, and when an earlier one is restored. So the
//! current span is always the innermost, whichever API started it, and a call needs no check. Each context
//! that changes the current span has a frame (`recorder/frames.rs`); frames may be left in any order.

use super::reach;
use super::span::{self, SpanOrigin};
use crate::context::{Baggage, Current, SpanContext, as_recorded, bits, in_capture, in_route};
use crate::recorder::attached::{Attached, attach_own_span, attach_span};
use crate::recorder::{metered, task};
use crate::sampling::NO_ROUTE;
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
    Given::Other(span_of(context).map(|(span, _)| span))
}

/// Returns the span of a context, and its origin if it is one of the runtime's.
pub(super) fn span_of(context: &Context) -> Option<(SpanContext, Option<SpanOrigin>)> {
    if !context.has_active_span() {
        return None;
    }
    let span = context.span();
    let found = SpanContext::from(span.span_context());
    let origin = if found.is_remote() { None } else { span::origin_of(&span) };
    let found = in_capture(found, origin.map_or(0, |origin| origin.capture));
    let found = in_route(found, origin.map_or(NO_ROUTE, |origin| origin.route));
    let found = as_recorded(found, origin.is_some_and(|origin| origin.is_recording));
    found.is_valid().then_some((found, origin))
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
fn make_current(span: Option<(SpanContext, Option<SpanOrigin>)>) -> Attached {
    let Some((span, origin)) = span else {
        let capture = task::current().capture;
        return attach_span(Current { capture, ..Current::NONE });
    };
    let mut next = task::arriving(&span, Baggage::new());
    match origin {
        Some(SpanOrigin { is_owned: true, .. }) => attach_own_span(next),
        Some(_) => attach_span(next),
        // Attributes set on another implementation's span are not recorded.
        None => {
            next.bits &= !bits::RECORDING;
            attach_span(next)
        }
    }
}
