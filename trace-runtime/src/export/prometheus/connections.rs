//! Bounds the open connections of the endpoint; the slowest gives way to a new one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

/// Prometheus opens one; more than a few are a mistake, or an attack.
const MAX_CONNECTIONS: usize = 64;
/// The minimum time for a connection that waits for its client, however many others come.
const GRACE: Duration = Duration::from_millis(250);

/// The endpoint's connections.
#[derive(Default)]
pub(super) struct Connections {
    open: Vec<OpenConnection>,
    freed: Arc<Notify>,
}

struct OpenConnection {
    task: AbortHandle,
    state: Progress,
}

/// The time since which a connection waits for its client.
#[derive(Clone)]
pub(super) struct Progress {
    waits: Arc<Mutex<Option<Instant>>>,
    ended: Arc<AtomicBool>,
    freed: Arc<Notify>,
}

impl Progress {
    /// Records a wait for the client, which is to send its request or to take its answer.
    pub(super) fn wait_for_client(&self) {
        self.set(Some(Instant::now()));
    }

    /// Records that the client waits for the endpoint.
    pub(super) fn work(&self) {
        self.set(None);
    }

    /// Records the end of the connection.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.freed.notify_one();
    }

    fn set(&self, since: Option<Instant>) {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    fn waits_since(&self) -> Option<Instant> {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    /// Waits until there is room for one more connection: until one ends, or one has waited for its
    /// client beyond the minimum time.
    pub(super) async fn room(&mut self) -> Progress {
        loop {
            self.open.retain(|it| !it.state.ended.load(Ordering::Relaxed));
            if self.open.len() < MAX_CONNECTIONS {
                let waits = Arc::new(Mutex::new(Some(Instant::now())));
                return Progress { waits, ended: Arc::default(), freed: self.freed.clone() };
            }
            let waiting = self.open.iter().enumerate();
            let waiting = waiting.filter_map(|(at, it)| Some((it.state.waits_since()?, at)));
            match waiting.min() {
                Some((since, at)) if since.elapsed() >= GRACE => {
                    self.open.swap_remove(at).task.abort();
                }
                Some((since, _)) => {
                    let _ = timeout_at(since + GRACE, self.freed.notified()).await;
                }
                None => self.freed.notified().await,
            }
        }
    }

    pub(super) fn add(&mut self, task: AbortHandle, state: Progress) {
        self.open.push(OpenConnection { task, state });
    }
}
