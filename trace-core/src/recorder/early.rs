//! Handles guards that are dropped too early, and the tombstones they leave (see `frames.rs`).
//!
//! A serial gives the position of a call in the stack, but not whether the call is still there: a
//! call that was open when a poll ended was set aside, and its guard may be dropped at any time,
//! seemingly below whatever else the thread is doing by then. Therefore the serials assigned since
//! the last call below such a poll are remembered: none of them belongs to an open call.

use super::frames::{Before, Frames, Key, SpanFrame};
use super::thread::Local;
use crate::hooks::Attachment;
use std::mem;

/// The maximum number of remembered guards whose frames were absent when they were dropped: frames
/// set aside with a task.
const MOST_MISSED: usize = 64;

/// More ranges of serials than any program has, since calls are open between them; the oldest is
/// forgotten first.
const MOST_STRAYS: usize = 65_536;

/// A range of serials without open calls, for which guards may still exist: from `after`
/// (exclusive) to `last` (inclusive).
pub(super) struct Strays {
    after: u64,
    last: u64,
}

impl Frames {
    /// Returns the serial of the last call open below the frame at this index, or one assigned
    /// after it and before the frame was pushed.
    pub(super) fn last_below(&self, index: usize) -> u64 {
        let mut last = self.spans[index].at;
        for at in (0..=index).rev() {
            let below = at.checked_sub(1).map(|below| &self.spans[below]);
            let (own, begin) = below.map_or((0, 0), |below| (below.own, below.at));
            let beneath = self.spans[at].before.serial();
            if beneath != own {
                // A call.
                return if beneath > begin { last.min(beneath) } else { last };
            }
            last = begin;
        }
        last
    }
}

impl Local {
    #[cold]
    #[inline(never)]
    pub(super) fn leave_span_early(&mut self, key: Key) -> Option<Attachment> {
        let Some(at) = self.frames.find(key) else {
            self.miss(key);
            return None;
        };
        let mut attachment = None;
        if self.is_above(self.beneath(at + 1), self.frames.spans[at].at) {
            // A call lies above it.
            self.frames.has_special = true;
            let frame = &mut self.frames.spans[at];
            (frame.key, frame.is_alias) = (0, false);
            attachment = frame.attachment.take();
        } else if let Some(frame) = self.frames.spans.remove(at) {
            attachment = frame.attachment;
            self.redirect(at, frame.before);
        }
        self.tidy();
        attachment
    }

    #[cold]
    #[inline(never)]
    pub(super) fn leave_call_early(&mut self, serial: u64, caller: u64) {
        let mut above = self.frames.spans.partition_point(|frame| frame.at < serial);
        let beneath = self.beneath(above);
        if !self.is_stray(serial) && (beneath == serial || self.is_above(beneath, serial)) {
            let to = self.beyond_tombstones(&mut above, caller);
            if beneath == serial {
                self.redirect(above, to);
            } else {
                // Another call lies above it.
                let below = above.checked_sub(1).map(|below| &self.frames.spans[below]);
                let tombstone = SpanFrame {
                    key: 0,
                    order: below.map_or(0, |below| below.order),
                    at: serial,
                    own: serial,
                    is_alias: false,
                    before: to,
                    attachment: None,
                };
                self.frames.has_special = true;
                self.frames.spans.insert(above, tombstone);
            }
        }
        self.tidy();
    }

    /// Returns what to restore instead of `serial`, following the tombstones below this index,
    /// which are no longer needed.
    fn beyond_tombstones(&mut self, index: &mut usize, serial: u64) -> Before {
        let (mut to, mut at) = (Before::Span(serial), *index);
        while at > 0
            && self.frames.spans[at - 1].is_tombstone()
            && !self.is_above(to.serial(), self.frames.spans[at - 1].at)
        {
            at -= 1;
            if self.frames.spans[at].own == to.serial()
                && let Some(tombstone) = self.frames.spans.remove(at)
            {
                to.skip_to(tombstone.before);
                *index -= 1;
            }
        }
        to
    }

    /// Notes that calls were left open, and that none is open that began after `after` was
    /// assigned.
    #[cold]
    pub(super) fn has_strays(&mut self, after: u64) {
        self.frames.has_stray_calls = true;
        let last = self.last_serial();
        let strays = &mut self.frames.strays;
        // Later ranges absorb those that lie within them.
        strays.truncate(strays.partition_point(|strays| strays.after < after));
        match strays.last_mut() {
            Some(before) if before.last >= after => before.last = last,
            _ => {
                if strays.len() == MOST_STRAYS {
                    strays.remove(0);
                }
                strays.push(Strays { after, last });
            }
        }
    }

    /// Returns whether the call of this serial, if it has not been left, was left open by a poll.
    fn is_stray(&self, serial: u64) -> bool {
        let strays = &self.frames.strays;
        let at = strays.partition_point(|strays| strays.last < serial);
        strays.get(at).is_some_and(|strays| strays.after < serial)
    }

    #[cold]
    pub(super) fn tidy(&mut self) {
        while let Some(top) = self.frames.spans.back()
            && top.is_tombstone()
            && !self.is_above(self.current.serial, top.at)
        {
            self.frames.spans.pop_back();
        }
        self.before_change();
        self.after_change();
        if self.is_torn_down() {
            self.frames.free_if_empty();
        }
    }

    /// Returns whether the call of this serial began after `at` was assigned.
    pub(super) fn is_above(&self, serial: u64, at: u64) -> bool {
        at < serial && serial <= self.last_serial()
    }

    /// Returns the serial directly beneath the entry at this index, or beneath the current one.
    fn beneath(&self, index: usize) -> u64 {
        let frame = self.frames.spans.get(index);
        frame.map_or(self.current.serial, |frame| frame.before.serial())
    }

    /// Redirects what the entry at this index, or the current one, restores.
    fn redirect(&mut self, index: usize, to: Before) {
        match self.frames.spans.get_mut(index) {
            Some(frame) => frame.before.skip_to(to),
            None => self.return_to(to),
        }
    }

    /// Leaves the frames whose guards were dropped while the frames were set aside.
    pub(super) fn leave_missed(&mut self) {
        for key in mem::take(&mut self.frames.missed) {
            if self.frames.find(key).is_some() {
                // What was set aside has no attachment.
                self.leave_frame(key);
            } else if !self.leave_baggage(key) {
                self.miss(key);
            }
        }
    }

    #[cold]
    pub(super) fn miss(&mut self, key: Key) {
        if self.frames.missed.len() == MOST_MISSED {
            self.frames.missed.remove(0);
        }
        self.frames.missed.push(key);
    }
}
