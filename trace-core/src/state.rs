//! The state word, which every site reads first.
//!
//! The low bits contain what is in force; the rest is a generation that changes with the
//! configuration, so that a site can remember "nothing special applies to me" for exactly one word.

use crate::fork;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Thread;

/// Telemetry is on; without this bit nothing is recorded.
pub const ON: u32 = 1;
/// The collector is in deep sleep: the next call wakes it.
pub const ASLEEP: u32 = 2;
/// Calls and values are measured.
pub const METERING: u32 = 4;
/// Spans are attached to OpenTelemetry's context while they are current.
pub const ATTACHING: u32 = 8;
/// The sampler's needs differ from site to site (see `sampler/needs.rs`).
pub const SAMPLED_BY_SITE: u32 = 16;
/// Rules say which sites have spans (see `site_rules.rs`).
pub const RULED_BY_SITE: u32 = 32;
/// Everything was switched off, and stays so for this pipeline.
pub const KILLED: u32 = 64;
/// Something differs from site to site.
pub(crate) const BY_SITE: u32 = SAMPLED_BY_SITE | RULED_BY_SITE;
const GENERATION: u32 = 1 << 8;

static STATE: AtomicU32 = AtomicU32::new(0);
static COLLECTOR: Mutex<Option<Thread>> = Mutex::new(None);

// HOT: the only cost of a call while telemetry is off.
#[inline(always)]
pub fn load() -> u32 {
    STATE.load(Ordering::Relaxed)
}

pub fn is_on(state: u32) -> bool {
    state & ON != 0
}

/// Returns whether a site may remember under `state` that nothing special applies to it.
pub(crate) fn is_plain(state: u32) -> bool {
    state & (ON | ASLEEP | ATTACHING) == ON
}

/// Returns whether calls and values are measured.
#[inline(always)]
pub(crate) fn is_metering(state: u32) -> bool {
    state & (ON | METERING) == ON | METERING
}

/// Returns the generation, in the high bits.
pub(crate) fn generation(state: u32) -> u32 {
    state & !(GENERATION - 1)
}

/// Sets or clears `bits`; sites discard what they remember.
pub fn change(bits: u32, set: bool) {
    let _ = STATE.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |state| {
        let changed = if set { state | bits } else { state & !bits };
        let changed = if state & KILLED != 0 { changed & !(ON | METERING) } else { changed };
        // Sleeping and waking are frequent; only other bits are a change of configuration.
        Some(if bits == ASLEEP { changed } else { changed.wrapping_add(GENERATION) })
    });
}

/// Turns everything off; sites discard what they remember.
pub(crate) fn turn_off() {
    let state = load();
    STATE.store((state | (GENERATION - 1)).wrapping_add(1), Ordering::Relaxed);
}

/// Turns everything off until [`revive`]: one store, which works whatever else hangs.
pub fn kill() {
    let state = load();
    STATE.store((state | (GENERATION - 1)).wrapping_add(1) | KILLED, Ordering::Release);
}

/// Allows the next pipeline to turn telemetry on.
pub fn revive() {
    STATE.fetch_and(!KILLED, Ordering::AcqRel);
}

/// Returns whether everything was switched off.
#[inline]
pub fn is_killed() -> bool {
    load() & KILLED != 0
}

/// Makes forks wait until no thread is waking the collector, which a child does not have.
pub fn keep_over_forks() {
    fork::keep(&COLLECTOR, |collector| std::mem::forget(collector.take()));
}

/// Sets the thread that [`wake_collector`] wakes.
pub fn set_collector(thread: Option<Thread>) {
    *COLLECTOR.lock().unwrap_or_else(PoisonError::into_inner) = thread;
}

/// Wakes the collector, asleep or not.
#[cold]
pub fn wake_collector() {
    change(ASLEEP, false);
    // Waiting here would block the program, and a thread that holds the lock is waking the
    // collector too.
    if let Ok(collector) = COLLECTOR.try_lock()
        && let Some(thread) = &*collector
    {
        thread.unpark();
    }
}
