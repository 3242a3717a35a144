//! Another context becomes current on a thread.

use super::thread::Local;
use crate::context::{Baggage, Current, bits};
use std::mem;

impl Local {
    /// Makes `context` current and returns the one that was.
    pub(crate) fn swap_current(&mut self, mut context: Current) -> Current {
        mem::swap(&mut self.current.baggage, &mut context.baggage);
        let baggage = mem::take(&mut context.baggage);
        let previous = Current { baggage, ..self.replace_span(context) };
        self.has_replaced();
        previous
    }

    /// Makes another span current; its baggage is of no account. Returns the one that was, without
    /// baggage. To be followed by [`has_replaced`](Self::has_replaced).
    #[inline]
    pub(super) fn replace_span(&mut self, mut context: Current) -> Current {
        // These speak of this thread, whatever context it is in.
        const OWN: u8 = bits::BUSY | bits::SUPPRESSED;
        self.depart();
        context.bits &= !(bits::TOLD | OWN);
        context.bits |= self.current.bits & OWN;
        context.baggage = mem::take(&mut self.current.baggage);
        mem::replace(&mut self.current, context)
    }

    /// Opens the short ways, if they may be open, after another span has become current.
    #[inline]
    pub(super) fn has_replaced(&mut self) {
        self.mark_ready();
        self.arrive();
    }

    /// Makes other baggage current and returns what was.
    pub(super) fn replace_baggage(&mut self, baggage: Baggage) -> Baggage {
        let previous = mem::replace(&mut self.current.baggage, baggage);
        self.mark_ready();
        previous
    }

    /// Makes another span of the current trace current and returns the serial of the one that was.
    #[inline]
    pub(crate) fn swap_serial(&mut self, serial: u64) -> u64 {
        let previous = self.replace_serial(serial);
        self.arrive();
        previous
    }

    /// The same, to be followed by [`arrive`](Self::arrive).
    #[inline]
    pub(super) fn replace_serial(&mut self, serial: u64) -> u64 {
        self.depart();
        mem::replace(&mut self.current.serial, serial)
    }
}
