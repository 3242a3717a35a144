//! The start of a span: whether it records, and its parent.

use super::beforehand::{is_silent, needs, needs_in};
use super::quiet::Busy;
use super::record::{PARALLEL, REMOTE_PARENT};
use super::start_record::{NewSpan, count_full, write_context, write_place, write_span};
use super::thread::{DROPPED_REENTRANT, Local, local};
use crate::captures::{self, HANDED, SLOW_PATH};
use crate::context::ids;
use crate::context::{Baggage, Current, SpanContext, TraceFlags, bits};
use crate::hooks;
use crate::kind::SpanKind;
use crate::request;
use crate::sampler::{self, Decision, Initial, SamplingAttributes, SamplingInput};
use crate::site::Site;
use crate::state;
use crate::value::Value;
use std::sync::atomic::Ordering;

/// The outcome of the decision about a call.
pub(crate) enum Start {
    /// Nothing is recorded: telemetry is off, or an enclosing decision not to record holds.
    Nothing,
    /// There is no span, and the current one stays: the level of the site is off, or the site is.
    Silent,
    /// The call has no span, and this becomes current: it opens a trace, or a part of one, that is not
    /// recorded, or its span is left out and callees continue from the one above.
    Unrecorded(Current),
    /// The call gets its own span.
    Span {
        /// The context of the new span.
        context: Current,
        parent: u64,
        /// `REMOTE_PARENT`, `PARALLEL`.
        flags: u8,
        /// Attributes that the sampler adds.
        added: SamplingAttributes,
    },
}

/// The origin of a span's parent.
#[derive(Clone, Copy)]
pub enum Lineage<'a> {
    /// The current span.
    Current,
    /// The given span.
    Under(&'a SpanContext),
    /// No parent.
    Root,
}

impl<'a> Lineage<'a> {
    /// Returns the lineage of a call to `site` with the given `parent`.
    pub(crate) fn of(site: &Site, parent: Option<&'a SpanContext>) -> Self {
        match parent {
            _ if site.is_root() => Self::Root,
            Some(parent) => Self::Under(parent),
            None => Self::Current,
        }
    }
}

/// Decides about a call to `site`.
///
/// # Safety
/// `local` is the calling thread's.
pub(crate) unsafe fn decide(
    local: *mut Local,
    site: &'static Site,
    kind: SpanKind,
    initial: Initial<'_>,
    lineage: Lineage<'_>,
) -> Start {
    let state = state::load();
    if !state::is_on(state) {
        return Start::Nothing;
    }
    // SAFETY: as the caller promises.
    let needs = unsafe {
        let capture = match lineage {
            Lineage::Under(parent) if parent.capture != 0 => parent.capture,
            _ => (*local).current.capture,
        };
        needs_in(capture, local, site, state, initial.name.is_some())
    };
    let asks = needs.children();
    let (lineage, brought) = match lineage {
        // A parent handed over outside all spans carries only the capture.
        Lineage::Under(parent) if !parent.is_valid() => (Lineage::Current, parent.capture),
        lineage => (lineage, 0),
    };
    // SAFETY: the thread's own state, borrowed until the end of this block; no user code runs in
    // it.
    let (adopted, current) = unsafe {
        let local = &mut *local;
        let current_bits = local.current.bits;
        if current_bits & bits::SUPPRESSED != 0 {
            return Start::Nothing;
        }
        if current_bits & bits::BUSY != 0 {
            // Regardless of what the sampler would decide: the sampler itself may be running.
            let would_record = match lineage {
                Lineage::Current => current_bits & bits::UNSAMPLED == 0,
                Lineage::Under(parent) => parent.is_remote() || parent.is_recorded_here(),
                Lineage::Root => true,
            };
            if would_record {
                DROPPED_REENTRANT.fetch_add(1, Ordering::Relaxed);
                captures::drop_span(local.current.capture);
            }
            return Start::Nothing;
        }
        if needs.may_be_silent() {
            let mut level = local.current.level;
            if let Lineage::Under(parent) = lineage {
                level = level.max(parent.level);
            }
            if is_silent(site, needs, level, &local.current.baggage) {
                return match lineage {
                    Lineage::Under(parent) if parent.is_valid() => {
                        Start::Unrecorded(local.under(parent))
                    }
                    _ => Start::Silent,
                };
            }
        }
        let decides_anew = !matches!(lineage, Lineage::Current);
        if current_bits & bits::UNSAMPLED != 0 && !decides_anew && !asks {
            if current_bits & bits::WATCHED != 0 {
                captures::unsampled(&local.current, site, kind, initial);
            }
            return match site.attaches() {
                true => Start::Unrecorded(local.current.clone()),
                false => Start::Nothing,
            };
        }
        if state & state::ASLEEP != 0 {
            state::wake_collector();
        }
        local.make_ready();
        if state::is_plain(state) && site.is_plain() && !needs.decide() {
            site.resolve_for(state);
        }
        if current_bits & bits::RECORDING != 0 && !decides_anew && !asks {
            let parent = local.current.serial;
            let bits = current_bits & !bits::MUTED;
            let serial = local.next_serial();
            let mut context = Current { serial, bits, ..local.current.clone() };
            let parallel = context.capture & SLOW_PATH != 0 && captures::adopt(&mut context);
            let flags = if parallel { PARALLEL } else { 0 };
            return Start::Span { context, parent, flags, added: SamplingAttributes::NONE };
        }
        let adopted = match decides_anew {
            true => None,
            false if local.current.trace_id != 0 => Some(local.current.context()),
            false if local.is_torn_down() => None,
            false => hooks::attached_parent(),
        };
        let capture = match local.current.capture {
            0 if brought != 0 => brought | HANDED,
            capture => capture,
        };
        let given = Given { level: local.current.level, baggage: local.current.baggage.clone() };
        (adopted, (capture, local.current.serial, given))
    };
    let (capture, current, given) = current;
    let parent = match lineage {
        Lineage::Root => None,
        Lineage::Under(parent) => Some(parent),
        Lineage::Current => adopted.as_ref(),
    };
    if let Some(parent) = parent.filter(|parent| !parent.is_remote() && !asks) {
        // The decision for this trace was made in this process and still holds.
        let Given { level, baggage } = given;
        let context = Current::from_context(parent, capture);
        let mut context = Current { level: level.max(context.level), baggage, ..context };
        if !context.is_recording() {
            if context.bits & bits::WATCHED != 0 {
                captures::unsampled(&context, site, kind, initial);
            }
            return Start::Unrecorded(context);
        }
        let parent = context.serial;
        context.bits &= !bits::MUTED;
        // SAFETY: the thread's own state.
        context.serial = unsafe { (*local).next_serial() };
        let mut flags = 0;
        if context.capture != 0 {
            // The current span of the same thread is not another place to continue from.
            let elsewhere = matches!(lineage, Lineage::Under(_)) && parent != current;
            if captures::adopt(&mut context) || elsewhere || capture & HANDED != 0 {
                flags = PARALLEL;
            }
        }
        return Start::Span { context, parent, flags, added: SamplingAttributes::NONE };
    }
    let given_within = matches!(lineage, Lineage::Under(_)).then_some(current);
    // SAFETY: as the caller promises.
    unsafe { ask(local, site, kind, initial, (parent, given_within), (capture, given)) }
}

impl Local {
    /// Returns the context of a given parent, with the baggage that is current and the level that the running
    /// request has asked for.
    fn under(&self, parent: &SpanContext) -> Current {
        let Current { capture, level, ref baggage, .. } = self.current;
        let context = Current::from_context(parent, capture);
        Current { level: level.max(context.level), baggage: baggage.clone(), ..context }
    }
}

/// What a span takes over from the context in which it starts.
struct Given {
    /// The level that its request has asked for.
    level: u8,
    baggage: Baggage,
}

/// Starts a span about which the sampler decides: one that has no parent in this process, or one at
/// whose site the sampler asks for that. `given_within`: its parent is given while this is current.
///
/// # Safety
/// `local` is the calling thread's.
unsafe fn ask(
    local: *mut Local,
    site: &'static Site,
    kind: SpanKind,
    initial: Initial<'_>,
    (parent, given_within): (Option<&SpanContext>, Option<u64>),
    (capture, Given { level, baggage }): (u32, Given),
) -> Start {
    // SAFETY: the thread's own state; the borrow ends with this statement.
    let (new_trace, serial, spans_before) = unsafe {
        let local = &mut *local;
        let new_trace = parent.is_none().then(|| local.ids.trace_id());
        let serial = local.next_serial();
        let spans_before = match parent.is_none_or(SpanContext::is_remote) {
            true => local.begins_root(serial),
            false => 0,
        };
        (new_trace, serial, spans_before)
    };
    let capture = match parent.map_or(0, |parent| parent.capture) {
        0 => capture,
        of if of == capture & !HANDED => capture,
        of => of | HANDED,
    };
    let (trace_id, flags) = match parent {
        Some(parent) => (parent.trace_id(), parent.trace_flags().without(TraceFlags::SAMPLED)),
        None => (new_trace.unwrap_or_default(), TraceFlags::RANDOM),
    };
    // A sampler is user code: calls that it makes are not recorded. SAFETY: the thread's own
    // state.
    let busy = (capture != 0 || !sampler::is_default()).then(|| unsafe { Busy::new(local) });
    let virtual_nanos = captures::virtual_now(capture);
    let mut input = SamplingInput {
        parent,
        trace_id,
        initial,
        kind,
        site,
        baggage: &baggage,
        virtual_nanos,
        spans_before,
    };
    let result = captures::decide(capture, &mut input);
    drop(busy);
    if result.is_left_out {
        // What it encloses continues from the span above.
        if let Some(parent) = parent.filter(|parent| parent.is_recorded_here()) {
            let context = Current { baggage, ..Current::from_context(parent, capture) };
            return Start::Unrecorded(context.muted());
        }
    }
    let trace_id = input.trace_id.to_u128();
    let inherited = || parent.and_then(|parent| parent.trace_state.clone());
    let trace_state =
        result.trace_state.map_or_else(inherited, |it| Some(it).filter(|it| !it.is_empty()));
    let level = level.max(parent.map_or(0, |parent| parent.level));
    let level = level.max(result.level.map_or(0, |level| level as u8));
    if level > 0 {
        request::note_level();
    }
    let route = parent.filter(|it| !it.is_remote()).map_or(result.route, |parent| parent.route);
    let is_local_root = parent.is_none_or(SpanContext::is_remote);
    let mut context = Current {
        trace_id,
        serial,
        capture,
        flags: flags.to_u8(),
        level,
        route,
        version: if is_local_root { result.version } else { 0 },
        bits: if capture == 0 { bits::UNSAMPLED } else { bits::UNSAMPLED | bits::WATCHED },
        trace_state,
        baggage,
    };
    let is_remote = parent.is_some_and(SpanContext::is_remote);
    let serial_of_parent = match parent {
        Some(parent) if is_remote => ids::serial(parent.span_id()),
        Some(parent) => ids::serial_in(parent.span_id(), capture),
        None => 0,
    };
    let mut flags_of_start = if is_remote { REMOTE_PARENT } else { 0 };
    if capture != 0 {
        let is_elsewhere = given_within.is_some_and(|current| current != serial_of_parent);
        if captures::adopt(&mut context) || is_elsewhere && !is_remote {
            flags_of_start |= PARALLEL;
        }
    }
    match result.decision {
        Decision::Drop => return Start::Unrecorded(context),
        Decision::RecordOnly => sampler::note_recorded_only(),
        Decision::RecordAndSample => context.flags = flags.with(TraceFlags::SAMPLED).to_u8(),
    }
    context.bits = bits::RECORDING;
    if capture == 0 && parent.is_none_or(SpanContext::is_remote) {
        captures::note_orphan(&context, initial.name, site, kind);
    }
    let (parent, flags) = (serial_of_parent, flags_of_start);
    Start::Span { context, parent, flags, added: result.attributes }
}

/// Starts a child of the current span where nothing special applies, without creating a context:
/// its context is the current one except for the serial. Returns whether it is recorded. `None`:
/// nothing was done, and [`decide`] must be asked.
// HOT: contexts are not moved, which would wait for words just written.
pub(crate) fn start_child(
    site: &'static Site,
    kind: SpanKind,
    values: &[Value<'_>],
    put: impl FnOnce(&Current, u64, bool),
) -> Option<()> {
    let (state, local) = (state::load(), local());
    // SAFETY: the calling thread's own state; each borrow ends before user code can run.
    unsafe {
        let current = &(*local).current;
        let is_simple = state::is_plain(state)
            && current.bits & !bits::IN_STEP == bits::RECORDING
            && current.capture == 0
            && current.trace_state.is_none()
            && current.baggage.is_empty()
            && (*local).has_written_trace(current)
            && !needs(local, site, state, false).decide();
        if !is_simple || !(*local).make_ready() {
            return None;
        }
        let (parent, serial) = ((*local).current.serial, (*local).next_serial());
        let birth = NewSpan {
            site,
            kind,
            serial,
            capture: 0,
            parent,
            flags: 0,
            enters: false,
            values,
            tick: None,
            added: &SamplingAttributes::NONE,
        };
        let recording = write_span(local, &birth);
        if !recording {
            count_full(local, 0);
        }
        put(&(*local).current, serial, recording);
    }
    Some(())
}

/// Opens the fast path for a call to `site` if it is closed only because the ring state is out of
/// date; returns whether trying it again makes sense.
#[cold]
#[inline(never)]
pub(super) fn catch_up(site: &'static Site, state: u32) -> bool {
    if !state::is_plain(state) || !site.is_plain() || std::thread::panicking() {
        return false;
    }
    let local = local();
    // SAFETY: the calling thread's own state.
    if unsafe { needs(local, site, state, false) }.decide() {
        return false;
    }
    let was_resolved = site.is_resolved_for(state);
    site.resolve_for(state);
    // SAFETY: the calling thread's own state; no user code runs here.
    unsafe {
        let is_ready = (*local).current.bits == bits::RECORDING && (*local).make_ready();
        if !is_ready || !(*local).may_open() {
            return !was_resolved;
        }
        let current = (*local).current.serial;
        if (*local).has_written_trace(&(*local).current) {
            write_place(local, current)
        } else {
            let context = (*local).current.clone();
            write_context(local, &context, current)
        }
    }
}
