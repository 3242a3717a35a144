//! What code makes current through OpenTelemetry's own `Context` becomes current for us too.
//!
//! The API tells an observer which context is attached and which one is current again. So our current
//! span always is the innermost, whoever made it, and a call has nothing to ask. Each context that
//! changes the current span has a frame (`recorder/frames.rs`), which may be left in any order.

use super::reach;
use super::span::{self, SpanOrigin};
use crate::context::{Baggage, Current, SpanContext, bits, in_capture};
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

/// Hears of contexts from now on. OpenTelemetry has room for one observer in a process; where
/// another came first, only local roots look at what is attached.
pub(super) fn observe() {
    static OBSERVED: Once = Once::new();
    OBSERVED.call_once(|| {
        GlobalContextObserver::set(Arc::new(Observer));
        // The observer is asked for a view of each context that is made.
        IS_ASKED.set(false);
        drop(Context::new().with_value(()));
        if IS_ASKED.get() {
            reach::is_observed();
        }
    });
}

/// What a context says of the parent of a span.
pub(super) enum Given {
    /// It has the span that is attached: whoever is innermost is meant.
    Current,
    /// It has another one, or none while one is attached.
    Other(Option<SpanContext>),
}

/// What is meant by somebody who gives this context.
pub(super) fn given(context: &Context) -> Given {
    let place = place_of(context);
    if reach::look(place_of).unwrap_or(0) == place {
        return Given::Current;
    }
    Given::Other(span_of(context).map(|(span, _)| span))
}

/// The span of a context, and where it comes from if it is one of ours.
pub(super) fn span_of(context: &Context) -> Option<(SpanContext, Option<SpanOrigin>)> {
    if !context.has_active_span() {
        return None;
    }
    let span = context.span();
    let found = SpanContext::from(span.span_context());
    let origin = if found.is_remote() { None } else { span::origin_of(&span) };
    let found = in_capture(found, origin.map_or(0, |origin| origin.capture));
    found.is_valid().then_some((found, origin))
}

/// Where the span of a context is: that tells contexts apart which have different spans.
fn place_of(context: &Context) -> usize {
    match context.has_active_span() {
        true => std::ptr::from_ref(context.span().span_context()) as usize,
        false => 0,
    }
}

/// A context that is attached.
struct Entry {
    /// The place of its span.
    place: usize,
    /// Its frame; `None`: it has changed nothing.
    _frame: Option<Attached>,
    /// What it has made current is not current for us, because telemetry was off.
    is_missed: bool,
    /// Its baggage is ours, which is current for us while it is to be.
    has_our_baggage: bool,
}

thread_local! {
    // Without destructors, so that they are there until the thread has ended: the memory is given
    // back by `forget`.
    /// The contexts of this thread, innermost last. One that is detached while another is current for
    /// OpenTelemetry is not heard of, and stays until that is detached; of those of one span, the
    /// innermost is taken to be the one that is there.
    static ENTERED: RefCell<ManuallyDrop<Vec<Entry>>> =
        const { RefCell::new(ManuallyDrop::new(Vec::new())) };
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
    /// A span of ours is attached, which is current already, as is the baggage of the context, if
    /// that is said.
    static OURS: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Attaches a span that is current already, with baggage that is or without.
pub(super) fn attach_ours(context: Context, has_baggage: bool) -> ContextGuard {
    OURS.set(Some(has_baggage));
    let attached = context.attach();
    OURS.set(None);
    attached
}

/// Whether the span that is attached may be another than the one that is current for us.
pub(super) fn has_missed_span() -> bool {
    ENTERED.with_borrow(|entered| entered.last().is_none_or(|entry| entry.is_missed))
}

/// Whether the baggage that is attached was made current by others.
pub(super) fn has_their_baggage() -> bool {
    ENTERED.with_borrow(|entered| entered.last().is_none_or(|entry| !entry.has_our_baggage))
}

/// OpenTelemetry's state of this thread is about to be destroyed, with all that is attached.
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
            // Not there if it was attached before anything was heard.
            drop(entered.pop_if(|entry| entry.place == from));
            // Those that were detached before.
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
        // What is said of somebody else's span is not ours to record.
        None => {
            next.bits &= !bits::RECORDING;
            attach_span(next)
        }
    }
}
