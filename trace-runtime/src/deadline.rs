//! Calls other code that has no deadline, and waits for it with one.

use crate::caught::caught;
use crate::recorder::suppress_this_thread;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// A call on another thread, which lets callers wait with a deadline.
pub(crate) struct Begun(Receiver<()>);

impl Begun {
    pub(crate) fn new(thread: &str, call: impl FnOnce() + Send + 'static) -> Self {
        let (done, is_done) = channel();
        // Without the thread, the end is never reported.
        let _ = std::thread::Builder::new().name(thread.to_owned()).spawn(move || {
            suppress_this_thread();
            let _ = caught(call);
            let _ = done.send(());
        });
        Self(is_done)
    }

    /// Whether it is done by then.
    pub(crate) fn wait(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        self.0.recv_timeout(left).is_ok()
    }
}
