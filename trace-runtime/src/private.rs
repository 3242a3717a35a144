//! What the attributes expand to. Hidden, and named after the version, so that nobody leans on it:
//! it changes whenever the attributes need it to.
#![allow(missing_docs)]

pub use crate::context::future::{Check, Ignore, Instrumented};
pub use crate::context::{SpanContext, ToContext};
pub use crate::kind::SpanKind;
pub use crate::probe::{self, ErrorProbe, Probe};
pub use crate::recorder::guard::{Finish, Guard, StartArgs as Start, enter_with, recording};
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

use crate::recorder::guard;
use crate::recorder::start::Lineage;
use crate::recorder::task::TaskSpan;
use crate::state;

/// What is in force.
#[inline(always)]
pub fn state() -> u32 {
    state::load()
}

/// Whether anything is recorded at all in that state.
#[inline(always)]
pub fn is_on(state: u32) -> bool {
    state & state::ON != 0
}

/// Whether anything is recorded at all.
#[inline(always)]
pub fn active() -> bool {
    is_on(state())
}

/// Opens the span of a call.
#[inline(always)]
pub fn enter(site: &'static Site) -> Guard {
    let state = state();
    if is_on(state) { guard::enter_site(site, state) } else { Guard::off() }
}

/// Opens the span of a call with up to eight values in the order of the site's keys.
#[inline(always)]
pub fn enter_values<const N: usize>(
    site: &'static Site,
    state: u32,
    values: [Value<'_>; N],
) -> Guard {
    guard::enter_values(site, values, state)
}

/// The context to continue from.
pub fn parent(context: &(impl ToContext + ?Sized)) -> Option<SpanContext> {
    context.to_context()
}

/// The contexts to link to; those that are invalid are left out.
pub fn links<T: ToContext>(contexts: impl IntoIterator<Item = T>) -> Vec<SpanContext> {
    contexts.into_iter().filter_map(|context| context.to_context()).collect()
}

/// Calls `body`; a closure that is passed on may return what it borrows.
#[inline(always)]
pub fn once<R, F: FnOnce() -> R>(body: F) -> R {
    body()
}

/// The span of a future or stream that a function returns.
pub struct AsyncSpan(TaskSpan);

/// Starts the span of a function that returns a future or a stream.
pub fn begin(site: &'static Site, args: Start<'_>) -> AsyncSpan {
    let parent = args.parent.clone();
    let lineage = Lineage::of(site, parent.as_ref());
    AsyncSpan(TaskSpan::started(site, site.span_kind(), lineage, args))
}

/// Runs the function itself within the span.
pub fn run_in<R>(span: &mut AsyncSpan, body: impl FnOnce() -> R) -> R {
    let _scope = span.0.enter();
    body()
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
