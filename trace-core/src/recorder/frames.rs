//! Frames: whatever is current on a thread other than through the fast path, and how it is left in
//! any order.
//!
//! A call on the fast path leaves no trace here: its guard holds the serial of its caller, and
//! leaving it is one compare. Everything else that makes a span or baggage current pushes a
//! *frame*, which keeps what was current before; its guard holds the frame's key. A guard that is
//! dropped last in, first out finds its frame on top and its own span current, and restores what
//! was current before.
//!
//! A guard that is dropped too early does not touch what is current. The entry directly above it
//! takes over what it would have restored: for a frame, by rewriting what the frame keeps. A call
//! on the fast path keeps its caller's serial in a register, so a *tombstone* is left for it, which
//! holds what to restore instead. While a tombstone is on top, the fast path is closed, so that
//! leaving checks it.
//!
//! The position of a fast-path call in the stack follows from its serial: the serials of a thread
//! count up, and each frame records the last serial assigned before it was pushed.

use super::early::Strays;
use super::thread::Local;
use crate::context::{Baggage, Current};
use crate::hooks::Attachment;
use std::collections::VecDeque;
use std::hint::assert_unchecked;
use std::mem;

/// More frames than any program nests; the limit exists because forgotten guards leave their frames
/// forever. Beyond it, guards make nothing current, as in OpenTelemetry.
const MOST: usize = 65_536;

/// The frames of a thread, innermost last.
pub(crate) struct Frames {
    // Guards dropped first in, first out take from the front.
    pub(super) spans: VecDeque<SpanFrame>,
    pub(super) baggage: VecDeque<BaggageFrame>,
    /// Whether any of `spans` may be a tombstone or an alias, and leaving it needs a look at the topmost.
    pub(super) has_special: bool,
    last_key: u64,
    /// The keys of guards that found no frame because it is set aside (see `aside.rs`).
    pub(super) missed: Vec<Key>,
    /// Whether calls were left open when a poll ended and are not below any frame.
    pub(super) has_stray_calls: bool,
    /// The ranges of their serials (see `early.rs`).
    pub(super) strays: Vec<Strays>,
    /// Identifies this thread, once something was set aside.
    pub(super) thread: u64,
}

/// Identifies a frame to its guard; 0: nothing was pushed.
pub(crate) type Key = u64;

// Aligned, so that none lies in two cache lines.
#[repr(align(64))]
pub(super) struct SpanFrame {
    /// 0: a tombstone.
    pub(super) key: Key,
    /// Its position among frames of baggage, counting up. The tombstone of a call has that of the
    /// entry below it.
    pub(super) order: u64,
    /// The last serial when it was pushed: calls with later ones lie above it. For the tombstone of
    /// a call, the call's serial.
    pub(super) at: u64,
    /// The serial that it made current, or that the call had.
    pub(super) own: u64,
    /// Whether it may be the span of a call that is open on this thread.
    pub(super) is_alias: bool,
    pub(super) before: Before,
    /// Rare, and two words: boxed, so that a frame takes one cache line.
    pub(super) attachment: Option<Attachment>,
}

/// The state to restore when a frame is left. Small, because each root and each poll writes and
/// reads one.
pub(super) enum Before {
    /// A span of the same trace.
    Span(u64),
    /// No span, and no capture.
    Nothing,
    /// A context without baggage.
    Context(Box<Current>),
}

pub(super) struct BaggageFrame {
    pub(super) key: Key,
    pub(super) order: u64,
    pub(super) at: u64,
    pub(super) before: Baggage,
}

/// How the span that a frame makes current can be left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Only this frame leaves it.
    Frame,
    /// It may be the span of a call that is open on this thread, and be left before the frame.
    Anyone,
}

const _: () = assert!(mem::size_of::<SpanFrame>() <= 64);

impl Before {
    pub(super) fn serial(&self) -> u64 {
        match self {
            Self::Span(serial) => *serial,
            Self::Nothing => 0,
            Self::Context(context) => context.serial,
        }
    }

    pub(super) fn set_serial(&mut self, to: u64) {
        match self {
            Self::Span(serial) => *serial = to,
            Self::Nothing if to == 0 => {}
            Self::Nothing => {
                *self = Self::Context(Box::new(Current { serial: to, ..Current::NONE }));
            }
            Self::Context(context) => context.serial = to,
        }
    }

    /// Returns its context, without baggage; `current` is a span of the same trace.
    pub(super) fn into_context(self, current: &Current) -> Current {
        match self {
            Self::Span(serial) => Current { serial, baggage: Baggage::new(), ..current.clone() },
            Self::Nothing => Current::NONE,
            Self::Context(context) => *context,
        }
    }

    /// Skips an entry that has been left: what that would have restored, `next`, is restored
    /// instead.
    pub(super) fn skip_to(&mut self, next: Self) {
        match next {
            Self::Span(serial) => self.set_serial(serial),
            context => *self = context,
        }
    }
}

impl SpanFrame {
    pub(super) fn is_tombstone(&self) -> bool {
        self.key == 0
    }
}

impl Frames {
    pub(super) const NONE: Self = Self {
        spans: VecDeque::new(),
        baggage: VecDeque::new(),
        has_special: false,
        last_key: 0,
        missed: Vec::new(),
        has_stray_calls: false,
        strays: Vec::new(),
        thread: 0,
    };

    /// Returns whether leaving a call while `current` is current has to check the frames.
    #[inline]
    pub(super) fn need_check(&self, current: u64) -> bool {
        self.has_special
            && self
                .spans
                .back()
                .is_some_and(|top| top.is_tombstone() || top.is_alias && top.own == current)
    }

    /// Returns whether the topmost is a tombstone.
    #[inline]
    pub(super) fn end_in_tombstone(&self) -> bool {
        self.has_special && self.spans.back().is_some_and(SpanFrame::is_tombstone)
    }

    /// Renumbers the frames as older than `serial`, where the thread's serials now begin.
    pub(super) fn are_before(&mut self, serial: u64) {
        self.spans.iter_mut().for_each(|frame| frame.at = serial);
        self.baggage.iter_mut().for_each(|frame| frame.at = serial);
    }

    /// Frees the memory if nothing is left that a guard might look up.
    pub(super) fn free_if_empty(&mut self) {
        if self.spans.iter().all(SpanFrame::is_tombstone) && self.baggage.is_empty() {
            let Self { last_key, has_stray_calls, thread, .. } = *self;
            *self = Self { last_key, has_stray_calls, thread, ..Self::NONE };
        }
    }

    /// Pops the frame of this key if it is on top.
    pub(super) fn pop_span(&mut self, key: Key) -> Option<SpanFrame> {
        let is_top = self.spans.back().is_some_and(|top| top.key == key);
        if is_top { self.spans.pop_back() } else { None }
    }

    /// Returns the baggage that was current before this frame, which is on top if it has any.
    pub(super) fn pop_baggage(&mut self, key: Key) -> Option<Baggage> {
        let is_top = self.baggage.back().is_some_and(|top| top.key == key);
        if is_top { self.baggage.pop_back().map(|top| top.before) } else { None }
    }

    /// Returns the index of the frame with this key.
    pub(super) fn find(&self, key: Key) -> Option<usize> {
        // Frames are ordered by key, except those that were set aside.
        let begin = self.spans.partition_point(|frame| frame.order < key);
        let mut found = self.spans.range(begin..).take_while(|frame| frame.order == key);
        match found.position(|frame| frame.key == key) {
            Some(offset) => Some(begin + offset),
            None => self.spans.iter().rposition(|frame| frame.key == key),
        }
    }

    pub(super) fn next_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }
}

impl Local {
    /// Makes the span of `context` current until the frame of the returned key is left.
    #[inline]
    pub(crate) fn push_span(&mut self, context: Current, owner: Owner) -> Key {
        let key = self.next_frame();
        let own = context.serial;
        let is_alias = owner == Owner::Anyone && self.may_be_call(own);
        let before = self.replace_by(context);
        self.push_frame(key, own, is_alias, before);
        self.has_replaced();
        key
    }

    /// Makes `context` current, its baggage included.
    #[inline]
    pub(crate) fn push(&mut self, mut context: Current, owner: Owner) -> Key {
        let baggage = mem::take(&mut context.baggage);
        let key = self.push_span(context, owner);
        self.push_baggage_as(key, baggage);
        key
    }

    /// Makes another span of the current trace current, which is not a call of this thread.
    // HOT: contexts are not moved.
    #[inline]
    pub(crate) fn push_serial(&mut self, serial: u64) -> Key {
        let key = self.next_frame();
        let before = Before::Span(self.replace_serial(serial));
        self.push_frame(key, serial, false, before);
        self.after_change();
        key
    }

    /// Pushes a frame above all calls that have begun.
    // HOT: not inlined, so that `push_back` is; and that knows that there is room. So the fields are written straight
    // to where the frame stays. A frame that is moved there waits for the words just written.
    #[inline(never)]
    pub(super) fn push_frame(&mut self, key: Key, own: u64, is_alias: bool, before: Before) {
        let at = self.last_serial();
        let Frames { spans, has_special, .. } = &mut self.frames;
        if spans.len() == spans.capacity() {
            return self.push_growing(key, own, is_alias, before);
        }
        *has_special = is_alias || *has_special && !spans.is_empty();
        // SAFETY: as was just checked.
        unsafe { assert_unchecked(spans.len() < spans.capacity()) };
        let frame = SpanFrame { key, order: key, at, own, is_alias, before, attachment: None };
        spans.push_back(frame);
    }

    #[cold]
    #[inline(never)]
    fn push_growing(&mut self, key: Key, own: u64, is_alias: bool, before: Before) {
        self.frames.spans.reserve(1);
        self.push_frame(key, own, is_alias, before);
    }

    /// Removes the topmost frame, of which nothing needs to be dropped.
    #[inline(always)]
    pub(super) fn forget_top_frame(&mut self) {
        mem::forget(self.frames.spans.pop_back());
    }

    /// Makes a span with a copy of this context current if that is the current one except for the
    /// span, or if nothing is current.
    #[inline]
    pub(super) fn push_copy(&mut self, context: &Current) -> Option<Key> {
        if !context.baggage.is_empty()
            || !self.current.baggage.is_empty()
            || self.has_baggage_frames()
        {
            return None;
        }
        if self.current.is_same_trace(context) {
            return Some(self.push_serial(context.serial));
        }
        let is_alone = self.current.is_nothing();
        is_alone.then(|| self.push_span(context.clone(), Owner::Frame))
    }

    /// Leaves the frame of a span whose context has been copied, if it is on top and nothing else of
    /// the context has changed.
    #[inline]
    pub(super) fn pop_copy(&mut self, key: Key) -> bool {
        let Some(top) = self.frames.spans.back() else { return false };
        let is_on_top = top.key == key
            && top.own == self.current.serial
            && top.attachment.is_none()
            && self.frames.baggage.is_empty()
            && self.current.baggage.is_empty();
        match top.before {
            Before::Span(before) if is_on_top => {
                self.forget_top_frame();
                self.swap_serial(before);
            }
            Before::Nothing if is_on_top => {
                self.forget_top_frame();
                self.clear_span();
                self.has_replaced();
            }
            _ => return false,
        }
        self.has_left();
        true
    }

    /// Makes this baggage current; the span stays as it is.
    pub(crate) fn push_baggage(&mut self, baggage: Baggage) -> Key {
        let key = self.next_frame();
        self.push_baggage_as(key, baggage);
        key
    }

    #[inline]
    fn push_baggage_as(&mut self, key: Key, baggage: Baggage) {
        let is_needed = !self.frames.baggage.is_empty()
            || !self.current.baggage.is_empty()
            || !baggage.is_empty();
        if is_needed {
            let at = self.last_serial();
            let before = self.replace_baggage(baggage);
            self.frames.baggage.push_back(BaggageFrame { key, order: key, at, before });
        }
    }

    /// Returns whether there are more frames than guards should add to.
    #[inline]
    pub(crate) fn has_most_frames(&self) -> bool {
        self.frames.spans.len().max(self.frames.baggage.len()) >= MOST
    }

    #[inline]
    pub(super) fn has_baggage_frames(&self) -> bool {
        !self.frames.baggage.is_empty()
    }

    #[inline]
    pub(super) fn next_frame(&mut self) -> Key {
        if self.frames.last_key == 0 {
            // The memory is freed when the thread ends.
            self.register_exit();
        }
        self.frames.next_key()
    }

    /// Stores the attachment of the span of this frame, which has just been pushed. Returns it if
    /// there is no such frame.
    pub(super) fn has_attached(&mut self, key: Key, attachment: Attachment) -> Option<Attachment> {
        match self.frames.spans.back_mut().filter(|frame| frame.key == key) {
            Some(frame) => frame.attachment.replace(attachment),
            None => Some(attachment),
        }
    }

    /// Leaves a frame, wherever it lies. The attachment must be dropped once the state is no longer
    /// borrowed.
    #[inline]
    pub(crate) fn leave_frame(&mut self, key: Key) -> Option<Attachment> {
        if key == 0 {
            return None;
        }
        let attachment = match self.frames.spans.back() {
            Some(top) if top.key == key && top.own == self.current.serial => {
                let frame = self.frames.spans.pop_back()?;
                self.return_to(frame.before);
                frame.attachment
            }
            _ => self.leave_span_early(key),
        };
        if !self.frames.baggage.is_empty() {
            self.leave_baggage(key);
        }
        self.has_left();
        attachment
    }

    /// Leaves the call of this serial, which pushed no frame; `caller` was current before it.
    #[inline]
    pub(crate) fn leave_call(&mut self, serial: u64, caller: u64) {
        let is_on_top = self.current.serial == serial
            && self.frames.spans.back().is_none_or(|top| !top.is_tombstone() && top.at < serial);
        if is_on_top {
            self.swap_serial(caller);
        } else {
            self.leave_call_early(serial, caller);
        }
    }

    /// Returns whether a call whose span has this newly assigned serial needs no frame: it lies
    /// above all others, and leaving it may take the fast path.
    pub(crate) fn needs_no_frame(&self, serial: u64) -> bool {
        self.last_serial() == serial
            && self.frames.spans.back().is_none_or(|top| top.at < serial)
            && self.frames.baggage.back().is_none_or(|top| top.at < serial)
            && !self.frames.need_check(self.current.serial)
    }

    #[inline]
    pub(super) fn return_to(&mut self, before: Before) {
        match before {
            Before::Span(serial) => {
                self.swap_serial(serial);
            }
            Before::Nothing => {
                self.clear_span();
                self.has_replaced();
            }
            Before::Context(context) => {
                self.set_span(*context);
                self.has_replaced();
            }
        }
    }

    /// Removes tombstones that are no longer needed after a frame or a call was left.
    #[inline]
    pub(super) fn has_left(&mut self) {
        if self.frames.end_in_tombstone() || self.is_torn_down() {
            self.tidy();
        }
    }

    /// Returns whether this may be the span of a call without a frame that is open on this thread.
    fn may_be_call(&self, serial: u64) -> bool {
        let has_calls = self.current.serial != 0
            || !self.frames.spans.is_empty()
            || self.frames.has_stray_calls;
        has_calls && self.ids.has_assigned(serial)
    }

    /// Leaves a frame that holds only baggage, wherever it lies.
    pub(crate) fn leave_baggage_frame(&mut self, key: Key) {
        if key != 0 && !self.leave_baggage(key) {
            self.miss(key);
        }
        if self.is_torn_down() {
            self.frames.free_if_empty();
        }
    }

    pub(super) fn leave_baggage(&mut self, key: Key) -> bool {
        let Some(at) = self.frames.baggage.iter().rposition(|frame| frame.key == key) else {
            return false;
        };
        let Some(BaggageFrame { before, .. }) = self.frames.baggage.remove(at) else {
            return false;
        };
        match self.frames.baggage.get_mut(at) {
            Some(above) => above.before = before,
            None => {
                self.replace_baggage(before);
            }
        }
        true
    }
}
