//! Passes measurements on with the capture current that made them.

use crate::context::Current;
use crate::recorder::attached::attach_current;

/// Runs `tell` with this capture current.
#[inline]
pub(super) fn in_capture(capture: u32, tell: impl FnOnce()) {
    if capture == 0 {
        return tell();
    }
    let _here = attach_current(Current { capture, ..Current::NONE });
    tell();
}
