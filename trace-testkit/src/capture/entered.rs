//! What is current on a thread when captures do not end in the reverse order of their beginnings.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use trace_runtime::__testing_0_1_0::Attached;

thread_local! {
    /// What was made current on this thread and still is to be taken back, the last one last.
    static ENTERED: RefCell<Vec<(u64, Attached)>> = const { RefCell::new(Vec::new()) };
}

/// By its name the compiler tells who sends a capture to another thread what to do instead.
pub(super) trait StaysOnItsThreadSoSendItsHandleInstead:
    Sync + Unpin + UnwindSafe + RefUnwindSafe
{
}

/// Not `Send`: what is current on a thread is taken back there. References may go anywhere.
pub(super) type Stays = PhantomData<dyn StaysOnItsThreadSoSendItsHandleInstead>;

/// Something that is current until this is dropped, in any order: what was entered after it stays
/// current, and then gives way to what was there before it. Not `Send`.
pub(super) struct Entered {
    number: u64,
    _stays: Stays,
}

impl Entered {
    pub(super) fn new(attached: Attached) -> Self {
        let number = ENTERED.with_borrow_mut(|entered| {
            let number = entered.last().map_or(0, |(last, _)| last + 1);
            entered.push((number, attached));
            number
        });
        Self { number, _stays: PhantomData }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Nothing is left to be restored when the thread's own variables are gone.
        let attached = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            let at = entered.iter().position(|(number, _)| *number == self.number)?;
            let (_, attached) = entered.remove(at);
            let Some((_, next)) = entered.get_mut(at) else { return Some(attached) };
            attached.give_way(next);
            None
        });
        // It may restore what is current, so the list is not borrowed any more.
        drop(attached);
    }
}
