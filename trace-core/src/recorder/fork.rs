//! Handles forks: resets the rings that a child process inherits from its parent.
//!
//! [`crate::fork`] holds the locks; this file is notified of forks and starts afresh in the child.

use super::foreign;
use super::thread::{
    self, DROPPED_AT_THREAD_EXIT, DROPPED_DETAILS, DROPPED_REENTRANT, DROPPED_WITHOUT_MEMORY,
    OVERFLOW, RINGS, local,
};
use super::ticks;
use crate::caught::caught;
use crate::state;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

pub use crate::fork::{count, is_wanted, is_whole, keep, unchanged, yield_to_forks};

/// The time of the last fork that led to this process, by the clock.
static FORKED_AT: AtomicU64 = AtomicU64::new(0);

/// Returns whether something that began at this tick began in a parent.
pub(super) fn is_before(tick: u64) -> bool {
    tick < FORKED_AT.load(Ordering::Relaxed)
}

/// Starts watching for forks.
pub fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        keep_over_forks();
        // Initialised here so that no child inherits it half-initialised.
        ticks::begin();
        #[cfg(unix)]
        // SAFETY: the functions exist as long as the program does, and let no panic escape.
        unsafe {
            libc::pthread_atfork(Some(prepare), Some(parent), Some(child));
        }
    });
}

#[cfg(unix)]
extern "C" fn prepare() {
    crate::fork::prepare();
}

#[cfg(unix)]
extern "C" fn parent() {
    crate::fork::resume_parent();
}

#[cfg(unix)]
extern "C" fn child() {
    let _ = caught(|| {
        crate::fork::begin_child();
        FORKED_AT.store(ticks::now(), Ordering::Relaxed);
        state::turn_off();
        crate::fork::resume_child();
        forked();
    });
}

/// Holds the locks of rings and lists across forks.
fn keep_over_forks() {
    #[cfg(not(all(loom, test)))]
    RINGS.keep_over_forks();
    OVERFLOW.keep_over_forks();
    super::sweep::keep_over_forks();
    #[cfg(feature = "metrics")]
    super::overload::keep_over_forks();
}

/// Resets the state in a child process, whose only thread is the calling one: everything recorded
/// but not yet read belongs to the parent.
#[cfg(unix)]
fn forked() {
    for count in
        [&DROPPED_REENTRANT, &DROPPED_AT_THREAD_EXIT, &DROPPED_WITHOUT_MEMORY, &DROPPED_DETAILS]
    {
        count.store(0, Ordering::Relaxed);
    }
    foreign::forget();
    // SAFETY: the thread's own state; the code that forks has borrowed none of it.
    unsafe { (*local()).has_forked() };
    if let Some(ring) = thread::leased_ring() {
        // SAFETY: there is no other thread that could read it.
        unsafe { ring.discard() };
        RINGS.show(ring);
    }
}
