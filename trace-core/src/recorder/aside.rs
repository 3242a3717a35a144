//! Sets aside what lies above a task when its poll ends: the guards that its future holds until the
//! next poll. They do not concern whatever else the thread does, so they are kept with the task.

use super::frames::{BaggageFrame, Before, Frames, Key, SpanFrame};
use super::thread::Local;
use crate::context::{Baggage, Current};
use crate::hooks::Attachment;
use std::sync::atomic::{AtomicU64, Ordering};

/// The frames that lay above a task when its poll ended. Spans of calls are not included: only
/// their guards keep those.
pub(crate) struct SetAside {
    spans: Vec<AsideSpan>,
    baggage: Vec<(Key, Baggage)>,
    /// The context that was current.
    top: Current,
    /// The thread that the guards belong to.
    thread: u64,
}

struct AsideSpan {
    key: Key,
    own: u64,
    is_alias: bool,
    before: Before,
}

/// A position in the stack of what is current on a thread.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// An entry with a frame.
    Frame(Key),
    /// A call without a frame: its serial and its caller's.
    Call(u64, u64),
}

/// The result of making something no longer current.
pub(crate) struct Paused {
    /// Its context.
    pub(crate) context: Current,
    pub(crate) aside: Option<Box<SetAside>>,
    /// To be dropped once the thread's state is no longer borrowed.
    pub(crate) attachments: Vec<Attachment>,
}

impl Local {
    /// Leaves the entry at this place and sets aside everything above it.
    pub(crate) fn pause(&mut self, place: Place) -> Paused {
        let (mut aside, mut attachments) = (None, Vec::new());
        if !self.is_on_top(place) {
            aside = self.set_aside(place, &mut attachments);
        }
        Paused { context: self.leave_top(place, &mut attachments), aside, attachments }
    }

    /// Leaves the call at this place and keeps its context, if the call is on top and nothing else
    /// needs attention; `false`: nothing was done.
    #[inline]
    pub(super) fn pause_call(&mut self, place: Place, kept: &mut Option<Current>) -> bool {
        let top = self.frames.spans.back();
        if self.frames.end_in_tombstone() || !self.is_on_top(place) {
            return false;
        }
        match (place, top) {
            (Place::Call(_, caller), _) => {
                self.keep_current(kept);
                self.swap_serial(caller);
            }
            (
                Place::Frame(_),
                Some(SpanFrame { before: Before::Nothing, attachment: None, .. }),
            ) => {
                self.keep_current(kept);
                self.forget_top_frame();
                self.clear_span();
                self.has_replaced();
                self.has_left();
            }
            _ => return false,
        }
        true
    }

    /// Copies the current context to where a task keeps it.
    // HOT: field by field, where it stays. Moving it there would wait for the words just written.
    #[inline(always)]
    fn keep_current(&self, kept: &mut Option<Current>) {
        let kept = kept.insert(Current::NONE);
        // All fields are named, so that none is forgotten.
        let Current {
            trace_id,
            serial,
            capture,
            flags,
            bits,
            level,
            route,
            version,
            ref trace_state,
            ref baggage,
        } = self.current;
        (kept.trace_id, kept.serial, kept.capture) = (trace_id, serial, capture);
        (kept.flags, kept.bits) = (flags, bits);
        (kept.level, kept.route, kept.version) = (level, route, version);
        kept.trace_state.clone_from(trace_state);
        kept.baggage.clone_from(baggage);
    }

    /// Ends everything above this place. The returned attachments must be dropped once the thread's
    /// state is no longer borrowed.
    #[inline]
    pub(crate) fn end_above(&mut self, place: Place) -> Vec<Attachment> {
        let mut attachments = Vec::new();
        if !self.is_on_top(place) {
            self.set_aside(place, &mut attachments);
        }
        attachments
    }

    /// Leaves the entry at this place; entries above it stay current.
    pub(crate) fn leave(&mut self, place: Place) -> Paused {
        let (aside, mut attachments) = (None, Vec::new());
        let context = if self.is_on_top(place) {
            self.leave_top(place, &mut attachments)
        } else {
            let context = self.context_at(place);
            match place {
                Place::Frame(key) => attachments.extend(self.leave_frame(key)),
                Place::Call(serial, caller) => self.leave_call(serial, caller),
            }
            context
        };
        Paused { context, aside, attachments }
    }

    /// Restores what was set aside with a task that has just become current.
    #[cold]
    pub(crate) fn resume(&mut self, aside: SetAside) {
        if aside.thread != self.frames.thread {
            return;
        }
        let at = self.last_serial();
        for AsideSpan { key, own, is_alias, before } in aside.spans {
            self.push_frame(key, own, is_alias, before);
            let order = self.frames.next_key();
            if let Some(frame) = self.frames.spans.back_mut() {
                frame.order = order;
            }
        }
        for (key, before) in aside.baggage {
            let order = self.frames.next_key();
            self.frames.baggage.push_back(BaggageFrame { key, order, at, before });
        }
        self.swap_current(aside.top);
        self.leave_missed();
    }

    fn is_on_top(&self, place: Place) -> bool {
        let Frames { spans, baggage, .. } = &self.frames;
        let (top, top_baggage) = (spans.back(), baggage.back());
        match place {
            Place::Frame(key) => top.is_some_and(|top| {
                top.key == key
                    && top.own == self.current.serial
                    && top_baggage.is_none_or(|baggage| baggage.order <= top.order)
            }),
            Place::Call(serial, _) => {
                self.current.serial == serial
                    && top.is_none_or(|top| top.at < serial)
                    && top_baggage.is_none_or(|baggage| baggage.at < serial)
            }
        }
    }

    /// Leaves the topmost entry and returns its context.
    fn leave_top(&mut self, place: Place, attachments: &mut Vec<Attachment>) -> Current {
        match place {
            Place::Frame(key) => {
                let Some(frame) = self.frames.pop_span(key) else { return self.current.clone() };
                attachments.extend(frame.attachment);
                let before = frame.before.into_context(&self.current);
                let mut context = self.replace_span(before);
                self.has_replaced();
                context.baggage = match self.frames.pop_baggage(key) {
                    Some(before) => self.replace_baggage(before),
                    None => self.current.baggage.clone(),
                };
                self.has_left();
                context
            }
            Place::Call(serial, caller) => {
                let context = self.current.clone();
                self.leave_call(serial, caller);
                context
            }
        }
    }

    /// Returns the serial of the last call open below this place, or one assigned after it and
    /// before the entries above began.
    fn last_below(&self, place: Place) -> u64 {
        match place {
            Place::Frame(key) => {
                self.frames.find(key).map_or(self.last_serial(), |at| self.frames.last_below(at))
            }
            Place::Call(serial, _) => serial,
        }
    }

    /// Returns the index of the first frame above this place, and the serial at this place.
    fn above(&self, place: Place) -> (usize, usize, u64) {
        let Frames { spans, baggage, .. } = &self.frames;
        match place {
            Place::Frame(key) => match self.frames.find(key) {
                Some(at) => {
                    let SpanFrame { order, own, .. } = spans[at];
                    (at + 1, baggage.partition_point(|frame| frame.order <= order), own)
                }
                None => (spans.len(), baggage.len(), self.current.serial),
            },
            Place::Call(serial, _) => {
                let above = spans.partition_point(|frame| frame.at < serial);
                (above, baggage.partition_point(|frame| frame.at < serial), serial)
            }
        }
    }

    /// Returns the context at this place, which is not the topmost.
    #[cold]
    fn context_at(&self, place: Place) -> Current {
        let (spans, baggage, serial) = self.above(place);
        let mut above = self.frames.spans.range(spans..);
        let of_trace = above.find_map(|frame| match &frame.before {
            Before::Context(context) => Some(Current::clone(context)),
            Before::Nothing => Some(Current::NONE),
            Before::Span(_) => None,
        });
        let of_baggage = self.frames.baggage.get(baggage).map(|frame| &frame.before);
        Current {
            serial,
            baggage: of_baggage.unwrap_or(&self.current.baggage).clone(),
            ..of_trace.unwrap_or_else(|| self.current.clone())
        }
    }

    /// Removes everything above this place, which makes it the topmost.
    #[cold]
    #[inline(never)]
    fn set_aside(
        &mut self,
        place: Place,
        attachments: &mut Vec<Attachment>,
    ) -> Option<Box<SetAside>> {
        let context = self.context_at(place);
        let (spans, baggage, mut beneath) = self.above(place);
        let mut top = self.current.clone();
        // As far as frames are concerned, a tombstone leads to the context of the frame below it.
        let mut of_trace = None;
        let mut has_strays = false;
        let mut aside = Vec::new();
        for mut frame in self.frames.spans.split_off(spans) {
            if frame.is_tombstone() {
                // It stays because a call above it needs it.
                has_strays = true;
                if of_trace.is_none() && !matches!(frame.before, Before::Span(_)) {
                    of_trace = Some(frame.before);
                }
                continue;
            }
            if let Some(before) = of_trace.take() {
                frame.before.skip_to(before);
            }
            has_strays |= frame.before.serial() != beneath;
            frame.before.set_serial(beneath);
            beneath = frame.own;
            attachments.extend(frame.attachment);
            let SpanFrame { key, own, is_alias, before, .. } = frame;
            aside.push(AsideSpan { key, own, is_alias, before });
        }
        if let Some(before) = of_trace {
            top = Current { baggage: top.baggage, ..before.into_context(&self.current) };
        }
        has_strays |= top.serial != beneath;
        top.serial = beneath;
        if has_strays {
            self.has_strays(self.last_below(place));
        }
        let baggage = self.frames.baggage.drain(baggage..);
        let baggage: Vec<_> = baggage.map(|frame| (frame.key, frame.before)).collect();
        self.swap_current(context);
        if aside.is_empty() && baggage.is_empty() {
            return None;
        }
        static THREADS: AtomicU64 = AtomicU64::new(1);
        if self.frames.thread == 0 {
            self.frames.thread = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        let thread = self.frames.thread;
        Some(Box::new(SetAside { spans: aside, baggage, top, thread }))
    }
}
