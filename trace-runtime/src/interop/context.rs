//! What code makes current through OpenTelemetry's own `Context` becomes current for us too.
//!
//! The API tells an observer which context is attached and which one is current again. So our current
//! span always is the innermost, whoever made it, and a call has nothing to ask. Each thread keeps
//! what was current before, for each context that has another span than the one around it.
//!
//! Contexts may be detached before a span of ours within them ends, which then restores what it found.
//! Nobody can tell it; so its thread takes the long way from then on, which looks at what it restores,
//! until that was it or nothing is current any more.

use super::{attached, span};
use crate::context::{Current, SpanContext, bits};
use crate::recorder::{metered, task};
use crate::state;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::context::{ContextObserver, GlobalContextObserver};
use opentelemetry::trace::TraceContextExt as _;
use std::cell::RefCell;
use std::sync::{Arc, Once};

/// Hears of contexts from now on. OpenTelemetry has room for one observer in a process; where
/// another came first, only local roots look at what is attached.
pub(super) fn observe() {
    static OBSERVED: Once = Once::new();
    OBSERVED.call_once(|| GlobalContextObserver::set(Arc::new(Observer)));
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
    if attached(place_of) == Some(place) {
        return Given::Current;
    }
    Given::Other(span_of(context).map(|(span, _)| span))
}

/// The span of a context, and whether it is one of ours.
pub(super) fn span_of(context: &Context) -> Option<(SpanContext, bool)> {
    if !context.has_active_span() {
        return None;
    }
    let span = context.span();
    let mut found = SpanContext::from(span.span_context());
    let capture = if found.is_remote() { None } else { span::capture_of(&span) };
    found.capture = capture.unwrap_or(0);
    found.is_valid().then_some((found, capture.is_some()))
}

/// Where the span of a context is: that tells contexts apart which have different spans.
fn place_of(context: &Context) -> usize {
    match context.has_active_span() {
        true => std::ptr::from_ref(context.span().span_context()) as usize,
        false => 0,
    }
}

/// A context that has another span than the one around it.
struct Entry {
    /// The places of the span around it and of its own.
    from: usize,
    to: usize,
    /// The serial that became current, and what was before; `None`: nothing changed.
    changed: Option<(u64, Current)>,
}

#[derive(Default)]
struct Stack {
    entries: Vec<Entry>,
    /// Serials that were detached while a span within was current, and what was before. When that
    /// ends, it makes them current again, though what was before is meant.
    overdue: Vec<(u64, Current)>,
}

/// Guards that are dropped in such an order are rare; and a context may never come back, because the
/// span within which it was attached has ended already.
const MOST_OVERDUE: usize = 16;

thread_local! {
    static STACK: RefCell<Stack> = RefCell::default();
}

/// Makes current what is meant, when something that was detached too early has come back.
#[cold]
pub(crate) fn settle() {
    with_stack(Stack::settle);
}

/// Runs with the thread's stack, which is not there while the thread ends.
fn with_stack(run: impl FnOnce(&mut Stack)) {
    let _ = STACK.try_with(|stack| stack.try_borrow_mut().map(|mut stack| run(&mut stack)));
}

struct Observer;

impl ContextObserver for Observer {
    fn on_context_enter(&self, from: &Context, to: &Context) {
        metered::attached_baggage(!to.baggage().is_empty());
        let (from, place) = (place_of(from), place_of(to));
        if from == place || !state::is_on(state::load()) {
            return;
        }
        let span = span_of(to);
        with_stack(|stack| {
            let changed = make_current(span);
            stack.entries.push(Entry { from, to: place, changed });
        });
    }

    fn on_context_exit(&self, from: &Context, to: &Context) {
        metered::attached_baggage(!to.baggage().is_empty());
        let (from, to) = (place_of(from), place_of(to));
        if from != to {
            with_stack(|stack| {
                stack.leave(from, to);
                stack.settle();
            });
        }
    }
}

/// Makes the span of a context current, or none; says its serial and what was before. `None`: it was
/// current already.
fn make_current(span: Option<(SpanContext, bool)>) -> Option<(u64, Current)> {
    let current = task::current();
    let next = match span {
        Some((span, is_ours)) => next(&span, is_ours, &current),
        None => Current { capture: current.capture, ..Current::NONE },
    };
    if (next.trace_id, next.serial) == (current.trace_id, current.serial) {
        return None;
    }
    let next = Current { baggage: current.baggage, ..next };
    Some((next.serial, task::swap_current(next)))
}

fn next(span: &SpanContext, is_ours: bool, current: &Current) -> Current {
    let mut next = task::arriving(span, current.baggage.clone());
    // What is said of somebody else's span is not ours to record.
    if !is_ours {
        next.bits &= !bits::RECORDING;
    }
    next
}

impl Stack {
    /// The context with the span at `from` is left for the one with the span at `to`; those between
    /// them were dropped before.
    fn leave(&mut self, from: usize, to: usize) {
        let Some(last) = self.entries.iter().rposition(|entry| entry.to == from) else { return };
        let within = &self.entries[..=last];
        let Some(first) = within.iter().rposition(|entry| entry.from == to) else { return };
        let left = self.entries.drain(first..).filter_map(|entry| entry.changed);
        // What was current before the first, and what the last has made current.
        let Some((serial, before)) = left.reduce(|(_, before), (serial, _)| (serial, before))
        else {
            return;
        };
        if task::current_serial() == serial {
            drop(task::swap_current(before));
        } else {
            if self.overdue.len() == MOST_OVERDUE {
                self.overdue.remove(0);
            }
            self.overdue.push((serial, before));
            task::set_overdue(true);
        }
    }

    /// Makes current what is meant instead of what is overdue.
    fn settle(&mut self) {
        if self.overdue.is_empty() {
            return;
        }
        while let Some(at) = self.stale() {
            let (_, before) = self.overdue.remove(at);
            drop(task::swap_current(before));
        }
        // Nothing is open from which anything could come back.
        if self.entries.is_empty() && task::current().trace_id == 0 {
            self.overdue.clear();
        }
        if self.overdue.is_empty() {
            task::set_overdue(false);
        }
    }

    /// Which of what is overdue is current.
    fn stale(&self) -> Option<usize> {
        let current = task::current_serial();
        let mut open = self.entries.iter().filter_map(|entry| entry.changed.as_ref());
        let at = self.overdue.iter().rposition(|(serial, _)| *serial == current)?;
        // Unless it was attached again.
        open.all(|(serial, _)| *serial != current).then_some(at)
    }
}
