//! The ring state: which span is current on the thread that wrote the records of a ring.
//!
//! The thread keeps the same account of what it has written (`WrittenState` in `written_state.rs`), and writes its
//! place anew before records of the fast path would be misread.

/// The ring state as its reader tracks it.
#[derive(Debug, Default)]
pub struct RingState {
    /// The serial of the current span.
    current: u64,
    /// The serial that was assigned last.
    last: u64,
    /// The serials that become current again when calls end, innermost last.
    callers: Vec<u64>,
}

impl RingState {
    /// Returns the serial of the current span; 0 if there is none.
    #[inline]
    pub fn current(&self) -> u64 {
        self.current
    }

    /// Sets the place that the thread has written.
    #[inline]
    pub fn place(&mut self, current: u64, last: u64) {
        self.callers.clear();
        (self.current, self.last) = (current, last);
    }

    /// Handles the start of a span that names its serial.
    #[inline]
    pub fn start(&mut self, serial: u64, enters: bool) {
        self.last = serial;
        if enters {
            self.callers.push(self.current);
            self.current = serial;
        }
    }

    /// Handles the entry of a call; returns its serial and its parent's.
    #[inline]
    pub fn enter(&mut self) -> (u64, u64) {
        let parent = self.current;
        self.start(self.last.wrapping_add(1), true);
        (self.current, parent)
    }

    /// Handles the end of a call; returns its serial. `parent_of` is used if the call was entered
    /// before the thread wrote its place.
    pub fn leave(&mut self, parent_of: impl FnOnce(u64) -> Option<u64>) -> u64 {
        let serial = self.current;
        let caller = self.callers.pop().or_else(|| parent_of(serial));
        self.current = caller.unwrap_or_default();
        serial
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_nest() {
        let mut state = RingState::default();
        state.place(7, 20);
        assert_eq!(state.enter(), (21, 7));
        assert_eq!(state.enter(), (22, 21));
        state.start(23, false);
        state.start(24, true);
        assert_eq!(state.enter(), (25, 24));
        let mut left = || state.leave(|_| None);
        assert_eq!([left(), left(), left(), left(), left()], [25, 24, 22, 21, 7]);
        assert_eq!(state.enter(), (26, 0));
    }

    #[test]
    fn a_call_entered_before_the_place_was_written_returns_to_its_parent() {
        let mut state = RingState::default();
        state.place(7, 20);
        assert_eq!(state.leave(|serial| (serial == 7).then_some(3)), 7);
        assert_eq!(state.enter(), (21, 3));
    }
}
