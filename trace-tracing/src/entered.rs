//! The spans that are entered on a thread. `tracing` may leave them in any order, and functions with
//! spans of their own may be entered and left in between.

use crate::runtime::layer::{Attached, SharedSpan};
use std::cell::RefCell;
use tracing_core::span::Id;

struct Entry {
    serial: u64,
    /// Its id, and who has given it.
    id: u64,
    owner: usize,
    _attached: Attached,
}

thread_local! {
    static ENTERED: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

/// Runs with the thread's entries, which are not there while the thread ends, nor where leaving an
/// entry would lead back here.
fn with_entries<R>(run: impl FnOnce(&mut Vec<Entry>) -> Option<R>) -> Option<R> {
    ENTERED.try_with(|entries| run(&mut *entries.try_borrow_mut().ok()?)).ok()?
}

/// The span becomes current.
pub(crate) fn enter(owner: usize, id: &Id, span: &SharedSpan) {
    with_entries(|entries| {
        let (serial, attached) = span.enter()?;
        entries.push(Entry { serial, id: id.into_u64(), owner, _attached: attached });
        Some(())
    });
}

/// The span is current no more, nor does it become so by leaving another one.
pub(crate) fn leave(serial: u64) {
    let left = with_entries(|entries| {
        let at = entries.iter().rposition(|entry| entry.serial == serial)?;
        Some(entries.remove(at))
    });
    drop(left);
}

/// The id of the span that was entered last, of those of `owner`.
pub(crate) fn innermost(owner: usize) -> Option<Id> {
    with_entries(|entries| {
        let entry = entries.iter().rfind(|entry| entry.owner == owner)?;
        Some(Id::from_u64(entry.id))
    })
}
