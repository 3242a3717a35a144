//! Contexts that are current until a guard is dropped, with or without a span.

use super::thread::{has_restored, local};
use crate::context::Current;
use std::marker::PhantomData;
use std::sync::MutexGuard;

/// Makes `context` current until the guard is dropped.
pub(crate) fn attach_current(context: Current) -> Attached {
    // SAFETY: the calling thread's own state.
    let previous = unsafe { (*local()).swap_current(context) };
    Attached { previous: Previous::Context(previous), _thread: PhantomData }
}

/// Makes the span of this serial current until the guard is dropped, if nothing else of the context
/// has to change, as `is_same` says.
// HOT: contexts are not moved.
#[inline]
pub(crate) fn attach_serial(
    serial: u64,
    is_same: impl FnOnce(&Current) -> bool,
) -> Option<Attached> {
    let local = local();
    // SAFETY: the calling thread's own state.
    unsafe {
        is_same(&(*local).current).then(|| {
            let previous = Previous::Span { serial: (*local).swap_serial(serial), of: serial };
            Attached { previous, _thread: PhantomData }
        })
    }
}

/// Restores what was current before, when dropped. Not `Send`.
#[must_use = "the context is current until the guard is dropped"]
pub struct Attached {
    previous: Previous,
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

/// What was current before.
enum Previous {
    /// No matter what: it is not restored.
    Forgotten,
    /// The span `serial` of the same trace as `of`, which is restored if that is current.
    Span {
        serial: u64,
        of: u64,
    },
    Context(Current),
}

impl Attached {
    /// Dropped before `next`, which was attached after it: `next` is to restore what this one would
    /// have, and this one restores nothing.
    pub fn give_way(mut self, next: &mut Self) {
        next.previous = match (self.take(), next.take()) {
            // It differs from this one's context by the span alone.
            (Previous::Span { serial, .. }, Previous::Context(context)) => {
                Previous::Context(Current { serial, ..context })
            }
            (Previous::Span { serial, .. }, Previous::Span { of, .. }) => {
                Previous::Span { serial, of }
            }
            (previous, _) => previous,
        };
    }

    /// Whether it restores the span of this serial.
    pub fn restores(&self, serial: u64) -> bool {
        match &self.previous {
            Previous::Forgotten => false,
            Previous::Span { serial: previous, .. } => *previous == serial,
            Previous::Context(previous) => previous.serial == serial,
        }
    }

    /// What is current stays.
    pub fn leave_be(mut self) {
        self.previous = Previous::Forgotten;
    }

    fn take(&mut self) -> Previous {
        std::mem::replace(&mut self.previous, Previous::Forgotten)
    }
}

impl Drop for Attached {
    #[inline]
    fn drop(&mut self) {
        let local = local();
        // SAFETY: the calling thread's own state.
        unsafe {
            match self.take() {
                Previous::Forgotten => {}
                Previous::Span { serial, of } => {
                    if (*local).current.serial == of {
                        (*local).swap_serial(serial);
                    }
                }
                Previous::Context(previous) => drop((*local).swap_current(previous)),
            }
        }
        has_restored();
    }
}
