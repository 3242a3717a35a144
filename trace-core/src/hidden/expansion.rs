//! Implements the code that the attributes expand to.
#![allow(missing_docs)]

pub use crate::amount::{Amount, amount};
pub use crate::carriers::carried::CarriedClosure as Carried;
pub use crate::carriers::future::{Check, Ignore, Inspect, Instrumented};
pub use crate::context::{SpanContext, ToContext};
pub use crate::instruments::{
    Capped, Instrument, Label, LabelId, LabelValues, Labels, Meter, label,
};
pub use crate::kind::SpanKind;
pub use crate::level::Level;
pub use crate::probe::{ErrorProbe, Probe, output_of};
pub use crate::recorder::finish::Finish;
pub use crate::recorder::guard::{Call, Guard, StartArgs as Start};
pub use crate::recorder::linked::Entry;
pub use crate::recorder::measure::measure;
pub use crate::recorder::metered::{
    MeteredCall, MeteredGuard, metered, metered_call, metered_guard, metering,
};
pub use crate::recorder::metered_task::{TaskMeter, Unmetered, hold, meter_labels};
pub use crate::recorder::task::{describe, describe_values, describing};
pub use crate::site::Site;
pub use crate::value::{ToValue, Value};
pub use ::core;
pub use ::std;
pub use core::future::Future;
pub use core::option::Option::{self, None, Some};
pub use core::pin::Pin;
pub use futures_core::Stream;
pub use std::boxed::Box;

/// Determines from the type of a returned value whether it is an error.
pub mod probe {
    pub use crate::probe::*;
}

use crate::carriers::carried::WithContext;
use crate::carriers::scoped::{self, Scoped};
use crate::context::Baggage;
use crate::recorder::deferred::waits_for_attributes;
use crate::recorder::late;
use crate::recorder::start::Lineage;
use crate::recorder::task::TaskSpan;
use crate::span::ContextGuard;
use crate::state;
use crate::value::to_text;

/// Returns the state in force.
#[inline(always)]
pub fn state() -> u32 {
    state::load()
}

/// Returns whether anything is recorded in that state.
#[inline(always)]
pub fn is_on(state: u32) -> bool {
    state & state::ON != 0
}

/// Returns whether anything is recorded.
#[inline]
pub fn active() -> bool {
    is_on(state())
}

/// Opens the span of a call that reports its return.
#[inline]
pub fn call(site: &'static Site) -> Call {
    let state = state();
    if is_on(state) { Call::open(site, state) } else { Call::off() }
}

/// Opens the span with up to eight values in the order of the site's keys.
#[inline(always)]
pub fn call_values<const N: usize>(
    site: &'static Site,
    state: u32,
    values: [Value<'_>; N],
) -> Call {
    Call::open_values(site, values, state)
}

/// Opens the span with any arguments.
pub fn call_with(site: &'static Site, args: Start<'_>) -> Call {
    Call::open_with(site, args)
}

/// Opens the span of a block, or of a call that may return anywhere.
#[inline(always)]
pub fn enter(site: &'static Site) -> Guard {
    let state = state();
    if is_on(state) { Guard::open(site, state) } else { Guard::off() }
}

/// Opens the span with up to eight values in the order of the site's keys.
#[inline(always)]
pub fn enter_values<const N: usize>(
    site: &'static Site,
    state: u32,
    values: [Value<'_>; N],
) -> Guard {
    Guard::open_values(site, values, state)
}

/// Opens the span with any arguments.
pub fn enter_with(site: &'static Site, args: Start<'_>) -> Guard {
    Guard::open_with(site, args)
}

/// Returns the context to continue from.
pub fn parent(context: &(impl ToContext + ?Sized)) -> Option<SpanContext> {
    context.to_context()
}

/// Returns the contexts to link to; invalid ones are left out.
pub fn links<T: ToContext>(contexts: impl IntoIterator<Item = T>) -> Vec<SpanContext> {
    contexts.into_iter().filter_map(|context| context.to_context()).collect()
}

/// Returns the baggage of the calling thread with the entries that a function adds; entries without
/// a value, and those for which there is no room, are left out.
pub fn baggage(entries: &[(&str, Value<'_>)]) -> Option<Baggage> {
    let mut baggage = Baggage::current();
    for (key, value) in entries {
        if value.is_scalar() {
            baggage = baggage.with_entry(key, to_text(*value));
        }
    }
    Some(baggage)
}

/// Makes baggage current until the guard is dropped.
pub fn in_baggage(baggage: Option<Baggage>) -> Option<ContextGuard> {
    baggage.map(Baggage::attach)
}

/// Makes baggage current whenever the future or stream runs.
pub fn with_baggage<F>(baggage: Option<Baggage>, inner: F) -> WithContext<F> {
    WithContext::in_baggage(inner, baggage)
}

/// Wraps a future whose first statement is [`enter_scope`].
pub fn scoped<F>(inner: F) -> Scoped<F> {
    Scoped::new(inner)
}

/// Makes baggage current from here to the end of the future.
pub fn enter_scope(baggage: Option<Baggage>) {
    if let Some(baggage) = baggage {
        scoped::enter(baggage);
    }
}

/// Calls `body`. Unlike a closure called in place, one passed on may return what it borrows.
#[inline(always)]
pub fn once<R, F: FnOnce() -> R>(body: F) -> R {
    body()
}

/// A guard that runs a closure when it is dropped, except because of a panic.
pub struct OnReturn<F: FnOnce()> {
    run: Option<F>,
    panicked_before: bool,
}

impl<F: FnOnce()> OnReturn<F> {
    /// Creates a guard for a body that begins now.
    pub fn new(run: F) -> Self {
        Self { run: Some(run), panicked_before: std::thread::panicking() }
    }
}

impl<F: FnOnce()> Drop for OnReturn<F> {
    fn drop(&mut self) {
        if std::thread::panicking() == self.panicked_before
            && let Some(run) = self.run.take()
        {
            run();
        }
    }
}

/// The span of a future or stream that a function returns.
pub struct AsyncSpan(TaskSpan);

/// Starts the span of a function that returns a future or a stream.
pub fn begin(site: &'static Site, args: Start<'_>) -> AsyncSpan {
    let parent = args.parent.clone();
    if waits_for_attributes(site, parent.as_ref()) {
        return AsyncSpan(TaskSpan::waiting_under(site, parent.as_ref()));
    }
    let lineage = Lineage::of(site, parent.as_ref());
    AsyncSpan(TaskSpan::started(site, site.span_kind(), lineage, args))
}

impl AsyncSpan {
    /// Returns whether its values need to be evaluated.
    pub fn is_described(&self) -> bool {
        self.0.is_waiting() || self.0.is_recording()
    }

    /// Adds the arguments other than the parent, or starts it with them.
    pub fn with(self, args: Start<'_>) -> Self {
        if self.0.is_waiting() {
            return Self(self.0.started_with(args));
        }
        late::describe(self.0.serial(), &args);
        self
    }
}

/// Runs the function itself within the span.
pub fn run_in<R>(span: &mut AsyncSpan, body: impl FnOnce() -> R) -> R {
    let scope = span.0.enter();
    let result = body();
    scope.pause();
    result
}

#[inline(always)]
pub fn attach<F: Future>(span: AsyncSpan, future: F) -> Instrumented<F> {
    Instrumented::new(span.0, future, Ignore)
}

#[inline(always)]
pub fn attach_checked<F, P>(span: AsyncSpan, future: F, check: P) -> Instrumented<F, Check<P>>
where
    F: Future,
    P: Fn(&F::Output, &mut Finish),
{
    Instrumented::new(span.0, future, Check(check))
}

#[inline(always)]
pub fn attach_judged<F, I>(span: AsyncSpan, future: F, inspector: I) -> Instrumented<F, I>
where
    F: Future,
    I: Inspect<F::Output>,
{
    Instrumented::new(span.0, future, inspector)
}

#[inline(always)]
pub fn attach_stream<S: Stream>(span: AsyncSpan, stream: S) -> Instrumented<S> {
    Instrumented::new(span.0, stream, Ignore)
}

#[inline(always)]
pub fn instrument<F: Future>(site: &'static Site, future: F) -> Instrumented<F> {
    Instrumented::waiting(site, future, Ignore)
}

#[inline(always)]
pub fn instrument_checked<F, P>(
    site: &'static Site,
    future: F,
    check: P,
) -> Instrumented<F, Check<P>>
where
    F: Future,
    P: Fn(&F::Output, &mut Finish),
{
    Instrumented::waiting(site, future, Check(check))
}

#[inline(always)]
pub fn instrument_judged<F, I>(site: &'static Site, future: F, inspector: I) -> Instrumented<F, I>
where
    F: Future,
    I: Inspect<F::Output>,
{
    Instrumented::waiting(site, future, inspector)
}

#[inline(always)]
pub fn instrument_under<F: Future>(
    site: &'static Site,
    parent: Option<SpanContext>,
    future: F,
) -> Instrumented<F> {
    Instrumented::new(TaskSpan::waiting_under(site, parent.as_ref()), future, Ignore)
}

#[inline(always)]
pub fn instrument_checked_under<F, P>(
    site: &'static Site,
    parent: Option<SpanContext>,
    future: F,
    check: P,
) -> Instrumented<F, Check<P>>
where
    F: Future,
    P: Fn(&F::Output, &mut Finish),
{
    Instrumented::new(TaskSpan::waiting_under(site, parent.as_ref()), future, Check(check))
}

#[inline(always)]
pub fn instrument_judged_under<F, I>(
    site: &'static Site,
    parent: Option<SpanContext>,
    future: F,
    inspector: I,
) -> Instrumented<F, I>
where
    F: Future,
    I: Inspect<F::Output>,
{
    Instrumented::new(TaskSpan::waiting_under(site, parent.as_ref()), future, inspector)
}

/// Wraps a future or stream without a span, to be measured.
#[inline(always)]
pub fn uninstrumented<F>(future: F) -> Instrumented<F> {
    Instrumented::new(TaskSpan::passive(), future, Ignore)
}

/// Wraps a future without a span, to be measured and whose value is inspected.
#[inline(always)]
pub fn uninstrumented_checked<F, P>(future: F, check: P) -> Instrumented<F, Check<P>>
where
    F: Future,
    P: Fn(&F::Output, &mut Finish),
{
    Instrumented::new(TaskSpan::passive(), future, Check(check))
}

/// Wraps a future without a span, to be measured and whose value is inspected by its type alone.
#[inline(always)]
pub fn uninstrumented_judged<F, I>(future: F, inspector: I) -> Instrumented<F, I>
where
    F: Future,
    I: Inspect<F::Output>,
{
    Instrumented::new(TaskSpan::passive(), future, inspector)
}

/// Wraps a stream without a span, to be measured.
#[inline(always)]
pub fn uninstrumented_stream<S: Stream>(stream: S) -> Instrumented<S> {
    Instrumented::new(TaskSpan::passive(), stream, Ignore)
}

/// Measures a future or stream whose body sets the labels.
#[inline(always)]
pub fn metered_future<F, P>(
    future: Instrumented<F, P>,
    meter: &'static Meter,
) -> Instrumented<F, P, TaskMeter> {
    future.measured(TaskMeter::new(meter, Labels::NONE))
}

/// Measures a future or stream whose labels are already known.
#[inline(always)]
pub fn metered_future_with<F, P>(
    future: Instrumented<F, P>,
    meter: &'static Meter,
    labels: Labels,
) -> Instrumented<F, P, TaskMeter> {
    future.measured(TaskMeter::new(meter, labels))
}

/// Reserves room for values that are recorded when the outcome of the future is known.
#[inline(always)]
pub fn holding_future<F, P>(future: Instrumented<F, P>) -> Instrumented<F, P, TaskMeter> {
    future.measured(TaskMeter::holding())
}
