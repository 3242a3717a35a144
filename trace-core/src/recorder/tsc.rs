//! Detects whether the clock of the process reads the time-stamp counter.

#[cfg(target_arch = "x86_64")]
use crate::clock::clock;

/// Returns whether quanta reads the time-stamp counter; if so, the record path reads it without the
/// call.
pub(super) fn clock_is_tsc() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: every x86-64 processor has the instruction.
        let tsc = || unsafe { core::arch::x86_64::_rdtsc() };
        // Three consecutive readings within bounds that another clock would not meet by chance.
        (0..3).all(|_| {
            let (before, raw, after) = (tsc(), clock().raw(), tsc());
            before <= raw && raw <= after
        })
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}
