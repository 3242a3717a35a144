//! Calls other code that has no deadline, and waits for it with one.

use crate::caught::caught;
use crate::recorder::suppress_this_thread;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

/// A call on another thread, which lets callers wait with a deadline.
pub(crate) struct Begun<T = ()>(Receiver<Result<T, String>>);

/// Why a call has no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoResult {
    /// It had not returned by the deadline, or its thread could not be started.
    Late,
    /// It panicked, with this message.
    Panicked(String),
}

impl<T: Send + 'static> Begun<T> {
    pub(crate) fn new(thread: &str, call: impl FnOnce() -> T + Send + 'static) -> Self {
        let (done, is_done) = channel();
        // Without the thread, the end is never reported.
        let _ = std::thread::Builder::new().name(thread.to_owned()).spawn(move || {
            suppress_this_thread();
            let result = caught(call).map_err(|panic| panic.message().to_owned());
            let _ = done.send(result);
        });
        Self(is_done)
    }

    /// Returns the result, if there is one by then.
    pub(crate) fn result(&self, deadline: Instant) -> Result<T, NoResult> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.0.recv_timeout(left) {
            Ok(result) => result.map_err(NoResult::Panicked),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(NoResult::Late),
        }
    }

    /// Whether it is done by then.
    pub(crate) fn wait(&self, deadline: Instant) -> bool {
        !matches!(self.result(deadline), Err(NoResult::Late))
    }
}
