//! Reports measurements with their capture as the current one.

use crate::context::Current;
use crate::recorder::attached::attach_current;

/// Runs `report` with this capture as the current one.
#[inline]
pub(super) fn in_capture(capture: u32, report: impl FnOnce()) {
    if capture == 0 {
        return report();
    }
    let _here = attach_current(Current { capture, ..Current::NONE });
    report();
}
