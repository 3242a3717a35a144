//! Periods in which a thread records nothing: while user code runs that a record waits for, and
//! where telemetry would feed itself.

use super::thread::{Local, local};
use crate::context::{Current, bits};

/// A guard that marks a thread as busy until it is dropped: user code runs, and nothing may be
/// recorded.
pub(crate) struct Busy {
    local: *mut Local,
    was: u8,
}

impl Busy {
    /// # Safety
    /// `local` is the calling thread's.
    pub(super) unsafe fn new(local: *mut Local) -> Self {
        // SAFETY: as the caller promises; no user code runs here.
        let local = unsafe { &mut *local };
        let before = local.current.bits;
        local.set_bits(before | bits::BUSY);
        Self { local, was: before & bits::BUSY }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        // SAFETY: by the contract of `new`, the calling thread's own state, since this does not
        // leave its thread. Another context may be current by now; its other bits stay.
        let local = unsafe { &mut *self.local };
        local.set_bits(local.current.bits & !bits::BUSY | self.was);
    }
}

/// Makes the calling thread record nothing from now on: exporting threads must not trace
/// themselves.
pub fn suppress_this_thread() {
    // SAFETY: the thread's own state; no user code runs in between.
    unsafe {
        let local = &mut *local();
        local.swap_current(Current::NONE);
        local.set_bits(bits::SUPPRESSED);
    }
}

/// Runs a closure of which nothing is recorded.
#[cfg(feature = "metrics")]
pub fn suppressed<R>(run: impl FnOnce() -> R) -> R {
    /// A guard that restores what was current.
    struct Restore(Option<Current>, u8);
    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: the thread's own state.
            let local = unsafe { &mut *local() };
            if let Some(previous) = self.0.take() {
                local.swap_current(previous);
                local.set_bits(local.current.bits & !bits::SUPPRESSED | self.1);
            }
        }
    }
    // SAFETY: the thread's own state; the borrow ends before `run`.
    let restore = unsafe {
        let local = &mut *local();
        let was = local.current.bits & bits::SUPPRESSED;
        let previous = local.swap_current(Current::NONE);
        local.set_bits(local.current.bits | bits::SUPPRESSED);
        Restore(Some(previous), was)
    };
    let result = run();
    drop(restore);
    result
}
