//! Remembers which capture's test started a thread, for what begins there without a context.

use std::cell::Cell;

thread_local! {
    static HOME: Cell<u32> = const { Cell::new(0) };
}

/// Sets the number of the capture that started this thread, and returns the number set before.
#[cfg(feature = "tokio")]
pub(super) fn set_home(number: u32) -> u32 {
    HOME.replace(number)
}

/// Returns the number of the capture whose test started this thread; 0 where that is unknown.
pub(super) fn home() -> u32 {
    HOME.get()
}

/// Returns the name of the calling thread, or its id if it has none.
pub(super) fn thread_name() -> String {
    let thread = std::thread::current();
    match thread.name() {
        Some(name) => name.to_owned(),
        None => format!("{:?}", thread.id()),
    }
}
