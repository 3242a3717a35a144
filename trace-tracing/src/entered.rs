//! Tracks the spans that are entered on a thread. `tracing` may exit them in any order, and annotated
//! functions may be called in between.

use crate::runtime::layer::{Attached, SharedSpan};
use std::cell::RefCell;
use tracing_core::span::Id;

struct Entry {
    serial: u64,
    /// Its id, and the collection that assigned it.
    id: u64,
    owner: usize,
    _attached: Attached,
}

thread_local! {
    static ENTERED: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

/// Runs with the thread's entries, which are unavailable while the thread ends, and where leaving an
/// entry would recurse.
fn with_entries<R>(run: impl FnOnce(&mut Vec<Entry>) -> Option<R>) -> Option<R> {
    ENTERED.try_with(|entries| run(&mut *entries.try_borrow_mut().ok()?)).ok()?
}

/// Makes the span current.
pub(crate) fn enter(owner: usize, id: &Id, span: &SharedSpan) {
    with_entries(|entries| {
        let (serial, attached) = span.enter()?;
        entries.push(Entry { serial, id: id.into_u64(), owner, _attached: attached });
        Some(())
    });
}

/// Ends the span's being current, so that leaving another one does not make it current again.
pub(crate) fn leave(serial: u64) {
    let left = with_entries(|entries| {
        let at = entries.iter().rposition(|entry| entry.serial == serial)?;
        Some(entries.remove(at))
    });
    drop(left);
}

/// Returns the id of the span of `owner` that was entered last.
pub(crate) fn innermost(owner: usize) -> Option<Id> {
    with_entries(|entries| {
        let entry = entries.iter().rfind(|entry| entry.owner == owner)?;
        Some(Id::from_u64(entry.id))
    })
}
