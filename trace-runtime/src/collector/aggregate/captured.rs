//! Tells measurements as the capture would that measured them.

use crate::context::Current;
use crate::recorder::attached::attach_current;

/// Tells something as the capture that measured it would.
#[inline]
pub(super) fn in_capture(capture: u32, tell: impl FnOnce()) {
    if capture == 0 {
        return tell();
    }
    let _here = attach_current(Current { capture, ..Current::NONE });
    tell();
}
