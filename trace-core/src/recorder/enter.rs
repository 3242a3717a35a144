//! Enters synchronous calls that the fast path of children does not take.

use super::beforehand;
use super::fast;
use super::finish::{Finish, make_current};
use super::late;
use super::packed::{Packed, PackedRef};
use super::root;
use super::start::{self, Lineage, Start, decide};
use super::start_record::{NewSpan, write_start};
use super::thread::{Local, local, ready_local};
use crate::context::{SpanContext, bits};
use crate::sampler::Initial;
use crate::site::{Site, SiteNeeds};
use crate::state;
use crate::value::Value;
use std::borrow::Cow;
use std::fmt;

/// The arguments with which a call starts its span, in addition to the site.
#[derive(Default)]
pub struct StartArgs<'a> {
    /// Values in the order of the site's keys.
    pub values: &'a [Value<'a>],
    /// A name formatted for this call.
    pub name: Option<fmt::Arguments<'a>>,
    /// A name that needs no formatting; the caller records it.
    pub plain_name: Option<&'a str>,
    /// A parent other than the current span.
    pub parent: Option<SpanContext>,
    /// Links to other spans.
    pub links: Vec<SpanContext>,
    /// Attributes that a sampler sees; the caller records them.
    pub pairs: &'a [(Cow<'a, str>, Value<'a>)],
}

impl StartArgs<'_> {
    /// Returns no arguments.
    pub const fn new() -> Self {
        Self {
            values: &[],
            name: None,
            plain_name: None,
            parent: None,
            links: Vec::new(),
            pairs: &[],
        }
    }
}

/// What leaving a call needs, in registers: the bits of its [`Finish`], and the serial to restore or
/// the key of a frame.
pub(super) type Parts = (u64, u64);

/// # Safety
/// The first `N` heads are those of values that borrow nothing.
#[cold]
#[inline(never)]
pub(super) unsafe fn enter_numbers_slowly<const GUARDED: bool, const N: usize>(
    site: &'static Site,
    tags: u64,
    a: u64,
    b: u64,
    c: u64,
    d: u64,
) -> Parts {
    let packed = Packed::of_heads([a, b, c, d]);
    // SAFETY: as the caller promises.
    unsafe { enter_slowly::<GUARDED>(site, state::load(), packed.with_tags(tags), N) }
}

/// # Safety
/// The first `N` heads are those of values that borrow nothing except, at `AT`, a string at `text`.
#[cold]
#[inline(never)]
pub(super) unsafe fn enter_text_slowly<const GUARDED: bool, const N: usize, const AT: usize>(
    site: &'static Site,
    tags: u64,
    a: u64,
    b: u64,
    c: u64,
    text: u64,
) -> Parts {
    let mut packed = Packed::of_heads([a, b, c]);
    packed.set_address(AT, text);
    // SAFETY: as the caller promises.
    unsafe { enter_slowly::<GUARDED>(site, state::load(), packed.with_tags(tags), N) }
}

/// Enters a call that the fast path of children did not take: not at all if its trace is not
/// recorded, by the fast path of roots, by that of children if it was closed only because the ring
/// state was out of date, else by the slow path.
///
/// # Safety
/// There are `count` values.
// HOT: without `local`, which the compiler takes for a call that needs a stack.
#[inline(never)]
pub(super) unsafe fn enter_slowly<const GUARDED: bool>(
    site: &'static Site,
    state: u32,
    values: PackedRef<'_>,
    count: usize,
) -> Parts {
    if beforehand::is_always_silent(site, state) {
        return NOT_ENTERED;
    }
    // SAFETY: the calling thread's own state.
    let is_left_out = |local: *mut Local| unsafe {
        is_unsampled(local, site, state) || beforehand::is_surely_silent(local, site, state)
    };
    if ready_local().is_some_and(is_left_out) {
        return NOT_ENTERED;
    }
    // SAFETY: as the caller promises.
    unsafe { enter_recorded::<GUARDED>(site, state, values, count) }
}

/// Returns whether a call to `site` belongs to a trace that is not recorded, neither a capture nor other code has to
/// be notified, and the site is known to need no decision.
///
/// # Safety
/// `local` is the calling thread's.
// HOT: without a call, so that no stack is needed.
#[inline(always)]
unsafe fn is_unsampled(local: *mut Local, site: &'static Site, state: u32) -> bool {
    let follows = |needs: SiteNeeds| !needs.children();
    // SAFETY: as the caller promises.
    let current = unsafe { (*local).current.bits };
    current & (bits::UNSAMPLED | bits::WATCHED) == bits::UNSAMPLED
        && !site.is_root_or_attached()
        && (state & state::BY_SITE == 0 || site.needs_for(state).is_some_and(follows))
}

/// As `enter_slowly`, on threads where the current context is not at hand, or is recorded.
///
/// # Safety
/// There are `count` values.
#[inline(never)]
unsafe fn enter_recorded<const GUARDED: bool>(
    site: &'static Site,
    state: u32,
    values: PackedRef<'_>,
    count: usize,
) -> Parts {
    let local = local();
    // SAFETY: the calling thread's own state, and as the caller promises.
    unsafe {
        if is_unsampled(local, site, state) {
            return NOT_ENTERED;
        }
        if (*local).current.bits == 0 {
            let begun = root::enter(site, state, values, count);
            if begun != root::NOT_BEGUN {
                return begun;
            }
        }
        enter_otherwise::<GUARDED>(site, state, values, count)
    }
}

/// Enters a call that begins no trace by the fast path.
///
/// # Safety
/// There are `count` values.
#[cold]
#[inline(never)]
unsafe fn enter_otherwise<const GUARDED: bool>(
    site: &'static Site,
    state: u32,
    values: PackedRef<'_>,
    count: usize,
) -> Parts {
    // SAFETY: as the caller promises.
    unsafe {
        if start::catch_up(site, state)
            && let Some(parts) = fast::enter_packed::<GUARDED>(site, state, values, count)
        {
            return parts;
        }
        let values = values.unpack(count);
        enter_long(site, StartArgs { values: &values[..count], ..StartArgs::new() })
    }
}

const NOT_ENTERED: Parts = (0, 0);

/// Not entered yet, because it is certain to be recorded when it is.
pub(super) const AHEAD: Parts = (0, 1);

/// Opens a span before its values are evaluated if a sampler decides.
#[inline(never)]
pub(super) fn enter_ahead(site: &'static Site, parent: Option<&SpanContext>) -> Parts {
    // SAFETY: the calling thread's own state.
    if unsafe { beforehand::evaluates_first(local(), site, parent) } {
        return AHEAD;
    }
    enter_long(site, StartArgs { parent: parent.cloned(), ..StartArgs::new() })
}

/// Gives a span that has just started its arguments.
#[cold]
#[inline(never)]
pub(super) fn describe(finish: &Finish, args: StartArgs<'_>) {
    if finish.recording() {
        // SAFETY: the calling thread's own state; each borrow ends before user code can run.
        unsafe {
            // Formatting is user code, which may open other spans.
            let entered = (*local()).metering.entered;
            late::describe(finish.serial(), &args);
            (*local()).metering.entered = entered;
        }
    }
}

#[cold]
#[inline(never)]
pub(super) fn enter_long(site: &'static Site, args: StartArgs<'_>) -> Parts {
    let local = local();
    // SAFETY: the calling thread's own state; each borrow ends before user code can run.
    unsafe {
        let kind = site.span_kind();
        let lineage = Lineage::of(site, args.parent.as_ref());
        let caller = (*local).current.serial;
        let name = args.name.as_ref().and_then(fmt::Arguments::as_str);
        let initial = Initial { name, values: args.values, pairs: args.pairs };
        let (context, recording, is_child) = match decide(local, site, kind, initial, lineage) {
            Start::Nothing | Start::Silent => return NOT_ENTERED,
            Start::Unrecorded(context) => (context, false, false),
            Start::Span { context, parent, flags, added } => {
                let (enters, values) = (true, args.values);
                let (serial, capture) = (context.serial, context.capture);
                let birth = NewSpan {
                    site,
                    kind,
                    serial,
                    capture,
                    parent,
                    flags,
                    enters,
                    values,
                    tick: None,
                    added: &added,
                };
                let recording = write_start(local, &context, &birth);
                if recording {
                    // Names are formatted by user code, which may open other spans.
                    let entered = (*local).metering.entered;
                    late::describe_rest(context.serial, args.name, &args.links);
                    (*local).metering.entered = entered;
                }
                (context, recording, parent == caller)
            }
        };
        let mut finish = Finish::entered(context.serial, recording);
        let is_attached = site.is_attached(state::load());
        // Anything that user code has made current meanwhile lies beneath.
        let is_call = !is_attached
            && (*local).current.is_same_trace(&context)
            && (*local).needs_no_frame(context.serial);
        let restore = if is_call {
            let restore = (*local).swap_serial(context.serial);
            // The record states that `caller` is current behind it, which may no longer be true
            // after user code that ran meanwhile.
            finish = finish.restoring_serial(recording && is_child && restore == caller);
            restore
        } else if (*local).has_most_frames() {
            0
        } else {
            make_current(context, is_attached, false)
        };
        (finish.to_bits(), restore)
    }
}
