//! Waits for signals of the system.

use crate::recorder::suppress_this_thread;
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::thread;

/// Calls `react` at each signal with this number, on a thread, until the returned handle is closed.
pub(super) fn at_each(
    signal: i32,
    thread_name: &str,
    mut react: impl FnMut() + Send + 'static,
) -> io::Result<Handle> {
    let mut signals = Signals::new([signal])?;
    let handle = signals.handle();
    thread::Builder::new().name(thread_name.to_owned()).spawn(move || {
        suppress_this_thread();
        signals.forever().for_each(|_| react());
    })?;
    Ok(handle)
}
