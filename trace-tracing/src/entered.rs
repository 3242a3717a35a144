//! The spans that are entered on a thread. `tracing` may leave them in any order, and functions with
//! spans of their own may be entered and left in between.

use std::cell::RefCell;
use trace_runtime::__layer_0_1_0::{Attached, SharedSpan, current_serial};
use tracing_core::span::Id;

struct Entry {
    serial: u64,
    /// Its id, and who has given it.
    id: u64,
    owner: usize,
    attached: Attached,
}

impl Entry {
    fn is_current(&self) -> bool {
        current_serial() == self.serial
    }
}

#[derive(Default)]
struct Stack {
    entries: Vec<Entry>,
    /// Was left while a span that is not from here was current. When that ends, this one becomes
    /// current again, though it should not. The last one is enough: guards that are dropped in such
    /// an order are rare.
    overdue: Option<Entry>,
}

thread_local! {
    static ENTERED: RefCell<Stack> = RefCell::default();
}

/// Runs with the thread's stack, which is not there while the thread ends, nor where leaving an
/// entry would lead back here.
fn with_stack(run: impl FnOnce(&mut Stack)) {
    let _ = ENTERED.try_with(|stack| stack.try_borrow_mut().map(|mut stack| run(&mut stack)));
}

/// The span becomes current.
pub(crate) fn enter(owner: usize, id: &Id, span: &SharedSpan) {
    with_stack(|stack| {
        stack.settle();
        if let Some((serial, attached)) = span.enter() {
            stack.entries.push(Entry { serial, id: id.into_u64(), owner, attached });
        }
    });
}

/// The span is current no more, nor does it become so by leaving another one.
pub(crate) fn leave(serial: u64) {
    with_stack(|stack| {
        stack.settle();
        let Some(at) = stack.entries.iter().rposition(|entry| entry.serial == serial) else {
            return;
        };
        let entry = stack.entries.remove(at);
        match stack.entries.get_mut(at) {
            _ if entry.is_current() => drop(entry.attached),
            Some(above) if above.attached.restores(serial) => {
                entry.attached.give_way(&mut above.attached);
            }
            _ => {
                if let Some(forgotten) = stack.overdue.replace(entry) {
                    forgotten.attached.leave_be();
                }
            }
        }
    });
}

/// The id of the span that was entered last, of those of `owner`.
pub(crate) fn innermost(owner: usize) -> Option<Id> {
    let mut found = None;
    with_stack(|stack| {
        found = stack.entries.iter().rfind(|entry| entry.owner == owner).map(|e| e.id)
    });
    found.map(Id::from_u64)
}

/// Has what is current be what should be.
pub(crate) fn settle() {
    with_stack(Stack::settle);
}

impl Stack {
    fn settle(&mut self) {
        let Self { entries, overdue } = self;
        let is_stale = |entry: &mut Entry| {
            entry.is_current() && entries.iter().all(|other| other.serial != entry.serial)
        };
        drop(overdue.take_if(is_stale).map(|entry| entry.attached));
    }
}
