//! Deadlines: of the end of a pipeline, and of calls of other code that has none.

use crate::caught::caught;
use crate::recorder::suppress_this_thread;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

/// When a pipeline has to have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    /// Nothing is waited for after this.
    pub(crate) by: Instant,
    /// Exporters that have no connection to their receiver by then are not waited for.
    pub(crate) connected_by: Instant,
}

impl Ending {
    /// Waits until something is done: first until connections are there, and then, unless it still waits for one,
    /// until the end. `wait` returns whether it is done by the given time.
    pub(crate) fn wait(
        self,
        mut wait: impl FnMut(Instant) -> bool,
        is_connecting: impl FnOnce() -> bool,
    ) -> bool {
        wait(self.connected_by.min(self.by)) || (!is_connecting() && wait(self.by))
    }
}

impl From<Instant> for Ending {
    fn from(by: Instant) -> Self {
        Self { by, connected_by: by }
    }
}

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
