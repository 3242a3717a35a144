//! Makes other contexts current on a thread.

use super::frames::Before;
use super::thread::Local;
use crate::context::{Baggage, Current, bits};
use std::mem;

/// These bits describe the thread, whichever context is current.
const OWN: u8 = bits::BUSY | bits::SUPPRESSED;

impl Local {
    /// Makes `context` current and returns the previous one.
    pub(crate) fn swap_current(&mut self, mut context: Current) -> Current {
        mem::swap(&mut self.current.baggage, &mut context.baggage);
        let baggage = mem::take(&mut context.baggage);
        let previous = Current { baggage, ..self.replace_span(context) };
        self.has_replaced();
        previous
    }

    /// Makes another span current; its baggage is ignored. Returns the previous one, without
    /// baggage. Must be followed by [`has_replaced`](Self::has_replaced).
    #[inline]
    pub(super) fn replace_span(&mut self, mut context: Current) -> Current {
        self.before_change();
        context.bits = self.bits_with(&context);
        context.baggage = mem::take(&mut self.current.baggage);
        mem::replace(&mut self.current, context)
    }

    /// Makes another span current and returns the previous one in the form that a frame keeps.
    // HOT: where nothing was current, nothing is moved.
    #[inline]
    pub(super) fn replace_by(&mut self, context: Current) -> Before {
        if self.current.is_nothing() {
            self.set_span(context);
            Before::Nothing
        } else {
            Before::Context(Box::new(self.replace_span(context)))
        }
    }

    /// Makes another span current and discards the previous one.
    #[inline]
    pub(super) fn set_span(&mut self, context: Current) {
        self.before_change();
        let bits = self.bits_with(&context);
        // All fields are named, so that none is forgotten.
        let Current {
            trace_id,
            serial,
            capture,
            flags,
            level,
            route,
            version,
            bits: _,
            trace_state,
            baggage: _,
        } = context;
        let current = &mut self.current;
        (current.trace_id, current.serial, current.capture) = (trace_id, serial, capture);
        (current.flags, current.bits) = (flags, bits);
        (current.level, current.route, current.version) = (level, route, version);
        current.trace_state = trace_state;
    }

    /// Makes no span current. Must be followed by [`has_replaced`](Self::has_replaced).
    #[inline]
    pub(super) fn clear_span(&mut self) {
        self.set_span(Current::NONE);
    }

    #[inline]
    fn bits_with(&self, context: &Current) -> u8 {
        context.bits & !(bits::IN_STEP | OWN) | self.current.bits & OWN
    }

    /// Opens the fast paths, if they may be open, after another span has become current.
    #[inline]
    pub(super) fn has_replaced(&mut self) {
        self.mark_ready();
        self.after_change();
    }

    /// Makes other baggage current and returns the previous one.
    pub(super) fn replace_baggage(&mut self, baggage: Baggage) -> Baggage {
        let previous = mem::replace(&mut self.current.baggage, baggage);
        self.mark_ready();
        previous
    }

    /// Makes another span of the current trace current and returns the serial of the previous one.
    #[inline]
    pub(crate) fn swap_serial(&mut self, serial: u64) -> u64 {
        let previous = self.replace_serial(serial);
        self.after_change();
        previous
    }

    /// Makes another span of the current trace current. Must be followed by
    /// [`after_change`](Self::after_change).
    #[inline]
    pub(super) fn replace_serial(&mut self, serial: u64) -> u64 {
        self.before_change();
        mem::replace(&mut self.current.serial, serial)
    }
}
