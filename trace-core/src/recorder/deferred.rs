//! Starts the spans of async functions whose attributes a sampler looks at: in the first poll, once the
//! function has evaluated them, which is the first that it does.
//!
//! Until then the thread knows which poll waits for that. Polls are nested, so what waits is a stack.

use super::beforehand::{needs, would_record};
use super::enter::StartArgs;
use super::finish::{Finish, has_span, is_deferred, make_current, metered_of};
use super::late;
use super::start::Lineage;
use super::task::start_span;
use super::thread::{Local, local};
use crate::context::SpanContext;
use crate::sampler::Initial;
use crate::site::Site;
use crate::state;
use std::fmt;

/// A poll whose span starts once its attributes are known.
pub(crate) struct Deferred {
    site: &'static Site,
    /// The parent, if one was given.
    parent: Option<SpanContext>,
    step: Step,
}

enum Step {
    Waiting,
    /// The attributes are being evaluated.
    Evaluating,
    /// `None`: there is no span.
    Started(Option<Begun>),
}

/// A span that has started within its poll.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) finish: u64,
    pub(super) restore: u64,
    pub(super) recording: bool,
}

/// Returns whether a poll that is about to start a span of `site` waits for its attributes.
///
/// # Safety
/// `local` is the calling thread's.
pub(super) unsafe fn waits(
    local: *mut Local,
    site: &'static Site,
    parent: Option<&SpanContext>,
) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        needs(local, site, state::load(), false).attributes()
            && site.is_described()
            && would_record(local, site, parent)
    }
}

/// Returns whether the span of a function that returns a future starts once its attributes are known.
pub(crate) fn waits_for_attributes(site: &'static Site, parent: Option<&SpanContext>) -> bool {
    // SAFETY: the calling thread's own state.
    unsafe { waits(local(), site, parent) }
}

/// Notes that the running poll waits for the attributes of its span.
pub(super) fn defer(site: &'static Site, parent: Option<SpanContext>) {
    // SAFETY: the calling thread's own state.
    unsafe { (*local()).deferred.push(Deferred { site, parent, step: Step::Waiting }) };
}

/// Returns whether the running poll waits for the attributes of a span of `site`, which the caller is about to
/// evaluate.
#[cold]
pub(super) fn evaluates(site: &'static Site) -> bool {
    // SAFETY: the calling thread's own state.
    let innermost = unsafe { (*local()).deferred.last_mut() };
    match innermost {
        Some(Deferred { site: of, step: step @ Step::Waiting, .. }) if std::ptr::eq(*of, site) => {
            *step = Step::Evaluating;
            true
        }
        _ => false,
    }
}

/// Starts the span that waits for these arguments. Returns `false` if none does.
pub(super) fn start(site: &'static Site, args: &StartArgs<'_>) -> bool {
    let local = local();
    // SAFETY: the calling thread's own state; the borrow ends before user code can run.
    let parent = unsafe {
        match (*local).deferred.last_mut() {
            Some(Deferred { site: of, parent, step: Step::Evaluating })
                if std::ptr::eq(*of, site) =>
            {
                parent.take()
            }
            _ => return false,
        }
    };
    let name = args.plain_name.or(args.name.as_ref().and_then(fmt::Arguments::as_str));
    let initial = Initial { name, values: args.values, pairs: args.pairs };
    let lineage = Lineage::of(site, parent.as_ref());
    let started = start_span(site, site.span_kind(), initial, lineage, true, None);
    let begun = started.map(|(context, recording)| {
        let serial = context.serial;
        let restore = make_current(context, site.is_attached(state::load()), false);
        if recording {
            late::describe_rest(serial, args.name, &args.links);
        }
        Begun { finish: Finish::entered(serial, recording).to_bits(), restore, recording }
    });
    // SAFETY: the calling thread's own state.
    if let Some(innermost) = unsafe { (*local).deferred.last_mut() } {
        innermost.step = Step::Started(begun);
    }
    true
}

/// Returns what is needed at the end of a span, which may have started within the running poll.
#[inline]
pub(crate) fn settled(finish: u64) -> u64 {
    if is_deferred(finish) { settled_now(finish) } else { finish }
}

#[cold]
fn settled_now(finish: u64) -> u64 {
    // SAFETY: the calling thread's own state.
    match unsafe { (*local()).deferred.last() } {
        Some(Deferred { step: Step::Started(Some(begun)), .. }) => {
            begun.finish | metered_of(finish)
        }
        _ => metered_of(finish),
    }
}

/// Ends the wait of a poll that is left; `finish`: what is needed at the end, as far as its caller knows. Returns
/// the span that has started within it, if one has.
#[cold]
pub(super) fn leave(finish: u64) -> Option<Begun> {
    // SAFETY: the calling thread's own state.
    let deferred = unsafe { (*local()).deferred.pop() };
    let Step::Started(Some(begun)) = deferred?.step else { return None };
    // Code that looked at the value has set an outcome.
    let finish = if has_span(finish) { finish } else { begun.finish | metered_of(finish) };
    Some(Begun { finish, ..begun })
}
