//! Wakes threads that wait for new observations.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Counts what was observed.
#[derive(Debug, Default)]
pub(crate) struct News {
    count: Mutex<u64>,
    changed: Condvar,
}

impl News {
    pub(crate) fn announce(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// Waits until the count is more than `seen`, and returns it; at the deadline at the latest.
    pub(crate) fn wait(&self, seen: u64, deadline: Instant) -> u64 {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        while *count <= seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(count, left);
            count = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *count
    }
}
