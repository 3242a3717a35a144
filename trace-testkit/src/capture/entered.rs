//! What is current on a thread because a capture is.

use crate::runtime::Attached;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// By its name the compiler tells who sends a capture to another thread what to do instead.
pub(super) trait StaysOnItsThreadSoSendItsHandleInstead:
    Sync + Unpin + UnwindSafe + RefUnwindSafe
{
}

/// Not `Send`: what is current on a thread is taken back there. References may go anywhere.
pub(super) type Stays = PhantomData<dyn StaysOnItsThreadSoSendItsHandleInstead>;

/// Something that is current until this is dropped, in any order. Not `Send`.
pub(super) struct Entered {
    _attached: Attached,
    _stays: Stays,
}

impl Entered {
    pub(super) fn new(attached: Attached) -> Self {
        Self { _attached: attached, _stays: PhantomData }
    }
}
