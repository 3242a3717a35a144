//! Records in the ring which spans other threads may add details to.
//!
//! A note is written before the identity of a current span is handed out. The reader of the rings closes
//! such a span one sweep after its end if details that other threads added are still unread (see
//! `foreign.rs`), and expects children of it in other rings.

use super::record;
use super::sink::WordSink;
use super::task;
use super::thread::local;
use super::writer::RecordWriter;
use crate::context::{Current, bits};

/// Returns the current context of the calling thread, for use elsewhere.
pub fn current_for_others() -> Current {
    let current = task::current();
    if current.is_recording() {
        // Without room, a late detail may find its span closed; it is then counted as lost.
        share(current.serial);
    }
    current
}

/// Notes that other threads may add details to the current span, which has this serial. Returns
/// whether that is noted.
pub(crate) fn share(serial: u64) -> bool {
    let local = local();
    // SAFETY: the calling thread's own state; no user code runs here.
    unsafe {
        if (*local).shared == serial {
            return true;
        }
        let is_quiet = (*local).current.bits & (bits::BUSY | bits::SUPPRESSED) == 0;
        if !is_quiet || !(*local).make_ready() {
            return false;
        }
        let mut writer = RecordWriter::new(local);
        let has_room = writer.reserve(1);
        if has_room {
            writer.put(serial);
            writer.publish(record::SHARE, 0, 0);
            (*local).shared = serial;
        }
        has_room
    }
}
