//! Writes the start of a span into the ring, and before it what a reader could not derive: the trace, and the
//! thread's place in it.

use super::fast;
use super::late;
use super::record::{self, REMOTE_PARENT, START_WORDS};
use super::sink::{WordSink, put_str, put_values};
use super::thread::{DROPPED_AT_THREAD_EXIT, DROPPED_WITHOUT_MEMORY, Local};
use super::writer::RecordWriter;
use crate::captures;
use crate::context::Current;
use crate::hooks;
use crate::kind::SpanKind;
use crate::sampler::SamplingAttributes;
use crate::site::Site;
use crate::value::Value;
use std::sync::atomic::Ordering;

/// A span that is about to start.
pub(crate) struct NewSpan<'a> {
    pub(crate) site: &'static Site,
    pub(crate) kind: SpanKind,
    pub(crate) serial: u64,
    pub(crate) capture: u32,
    pub(crate) parent: u64,
    /// The flags of its record, in addition to the kind.
    pub(crate) flags: u8,
    /// Whether it becomes current at once.
    pub(crate) enters: bool,
    /// Values in the order of the site's keys.
    pub(crate) values: &'a [Value<'a>],
    /// The start time, if not now.
    pub(crate) tick: Option<u64>,
    /// Attributes that the sampler adds.
    pub(crate) added: &'a SamplingAttributes,
}

/// Writes the start of the span of this context, preceded by the thread's place if the ring state
/// differs. `false`: not recorded, and counted.
///
/// # Safety
/// `local` is the calling thread's.
pub(crate) unsafe fn write_start(
    local: *mut Local,
    context: &Current,
    birth: &NewSpan<'_>,
) -> bool {
    // SAFETY: the thread's own state; each borrow ends before user code can run.
    unsafe {
        if (*local).is_torn_down() {
            DROPPED_AT_THREAD_EXIT.fetch_add(1, Ordering::Relaxed);
            captures::drop_span(birth.capture);
            return false;
        }
        // The serial that becomes current again when a call ends.
        let caller = (*local).current.serial;
        let is_in_step = if !(*local).has_written_trace(context) {
            write_context(local, context, caller)
        } else {
            !birth.enters || (*local).has_written_current(caller) || write_place(local, caller)
        };
        let written = is_in_step && write_span(local, birth);
        if !written {
            count_full(local, birth.capture);
        }
        let is_local_root = birth.parent == 0 || birth.flags & REMOTE_PARENT != 0;
        if written && is_local_root && hooks::describes_roots() {
            hooks::describe_root(birth.serial, &context.baggage);
        }
        if written && !birth.added.as_slice().is_empty() {
            add(birth.serial, birth.added);
        }
        written
    }
}

/// Adds the attributes of the sampler to a span.
#[cold]
fn add(serial: u64, added: &SamplingAttributes) {
    let pairs: Vec<_> = added.as_slice().iter().map(|it| (it.key(), it.value())).collect();
    late::fields(serial, &pairs);
}

/// Counts a span whose start found no room.
///
/// # Safety
/// `local` is the calling thread's.
#[cold]
pub(super) unsafe fn count_full(local: *mut Local, capture: u32) {
    // SAFETY: as the caller promises.
    let _ = match unsafe { (*local).producer.ring() } {
        Some(ring) => ring.dropped_full.fetch_add(1, Ordering::Relaxed),
        None => DROPPED_WITHOUT_MEMORY.fetch_add(1, Ordering::Relaxed),
    };
    captures::drop_span(capture);
}

/// Writes the current span and the last serial.
///
/// # Safety
/// `local` is the calling thread's.
pub(super) unsafe fn write_place(local: *mut Local, current: u64) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        let mut writer = RecordWriter::new(local);
        if !writer.reserve(2) {
            return false;
        }
        writer.put(current);
        writer.put((*local).last_serial());
        writer.publish(record::PLACE, 0, 0);
        (*local).note_place_written(None, current);
        true
    }
}

/// Writes the trace of `context`, the current span and the last serial.
///
/// # Safety
/// `local` is the calling thread's.
pub(super) unsafe fn write_context(local: *mut Local, context: &Current, current: u64) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        let mut writer = RecordWriter::new(local);
        if !writer.reserve(record::CONTEXT_WORDS as usize - 1) {
            return false;
        }
        writer.put(current);
        writer.put((*local).last_serial());
        writer.put((context.trace_id >> 64) as u64);
        writer.put(context.trace_id as u64);
        let Current { flags, route, version, capture, .. } = *context;
        writer.put(record::traits_of_trace(flags, (route, version), capture));
        if let Some(trace_state) = &context.trace_state
            && !put_str(&mut writer, trace_state)
        {
            return false;
        }
        writer.publish(record::CONTEXT, 0, 0);
        (*local).note_place_written(Some(context), current);
        true
    }
}

/// # Safety
/// `local` is the calling thread's, and its ring state has the span's trace.
pub(super) unsafe fn write_span(local: *mut Local, birth: &NewSpan<'_>) -> bool {
    // SAFETY: as the caller promises; the writer releases the state while user code runs.
    unsafe {
        let virtual_tick = birth.tick.or_else(|| captures::tick(birth.serial));
        let mut writer = RecordWriter::new(local);
        // As much as the fast path asks for, so that it can continue from here; otherwise the
        // minimum.
        if !writer.reserve(fast::MOST_WORDS as usize) && !writer.reserve(START_WORDS as usize - 1) {
            return false;
        }
        writer.put(std::ptr::from_ref(birth.site).expose_provenance() as u64);
        let tick = virtual_tick.unwrap_or_else(|| (*local).tick());
        writer.put(tick);
        writer.put(birth.serial);
        writer.put(birth.parent);
        if !put_values(&mut writer, birth.values) {
            return false;
        }
        let enters = if birth.enters { record::ENTERS } else { 0 };
        let flags = birth.kind as u8 | birth.flags | enters;
        writer.publish(record::START, flags, birth.values.len() as u16);
        (*local).metering.entered = tick;
        (*local).note_start_written(birth.serial, birth.enters);
        true
    }
}
