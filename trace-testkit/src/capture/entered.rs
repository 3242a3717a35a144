//! Keeps a capture current on a thread.

use crate::runtime::Attached;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// The compiler's message shows this name, to suggest what to send instead of a capture.
pub(super) trait StaysOnItsThreadSoSendItsHandleInstead:
    Sync + Unpin + UnwindSafe + RefUnwindSafe
{
}

/// Not `Send`: a context is detached on the thread that attached it. References may go anywhere.
pub(super) type Stays = PhantomData<dyn StaysOnItsThreadSoSendItsHandleInstead>;

/// A context that is current until this is dropped, in any order. Not `Send`.
pub(super) struct Entered {
    _attached: Attached,
    _stays: Stays,
}

impl Entered {
    pub(super) fn new(attached: Attached) -> Self {
        Self { _attached: attached, _stays: PhantomData }
    }
}
