//! Enqueues jobs, and wakes the workers.

use crate::database::{self, Changes, Database, Headers, JobName, NewJob, millis, now};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;
use trace_runtime::{metrics, trace};

/// The `messaging.system` of the queue.
pub(super) const SYSTEM: &str = "shop";

/// The longest that a sleeping worker lets a due job wait.
const POLL: Duration = Duration::from_millis(100);

/// The queue; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    database: Database,
    arrived: Arc<Notify>,
    /// Jobs that are neither done nor dead.
    depth: Arc<AtomicI64>,
}

impl Queue {
    /// Opens the queue with the jobs of earlier processes.
    pub(crate) async fn open(database: Database) -> database::Result<Self> {
        let depth = Arc::new(AtomicI64::new(database.recover_jobs().await?));
        let observed = depth.clone();
        metrics::observe("jobs.queue.depth", "{job}", move || {
            observed.load(Ordering::Relaxed) as f64
        });
        Ok(Self { database, arrived: Arc::default(), depth })
    }

    /// Wakes workers after the transaction that sent jobs was committed.
    pub(crate) fn sent(&self, jobs: i64) {
        self.depth.fetch_add(jobs, Ordering::Relaxed);
        self.arrived.notify_waiters();
    }

    /// Counts a job as done or dead.
    pub(super) fn left(&self) {
        self.depth.fetch_sub(1, Ordering::Relaxed);
    }

    /// Waits until there may be a job.
    pub(super) async fn wait(&self) {
        // It also wakes periodically: jobs become due, and other processes may enqueue some.
        let _ = timeout(POLL, self.arrived.notified()).await;
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}

/// Enqueues a job when the transaction is committed, to run after `delay`.
///
/// The attempts of the job continue this function's span.
#[trace(
    "send {name}",
    kind = Producer,
    attrs(
        job.name = name.as_str(),
        order.id = order_id,
        "messaging.system" = SYSTEM,
        "messaging.operation.name" = "send",
        "messaging.operation.type" = "send",
        "messaging.destination.name" = name.as_str()
    ),
    ret(job.id = *ret, "messaging.message.id" = ret.to_string())
)]
pub(crate) async fn send(
    changes: &mut Changes,
    name: JobName,
    order_id: i64,
    delay: Duration,
) -> database::Result<i64> {
    let headers = Headers::current();
    let job = NewJob { name, order_id, run_at: now() + millis(delay), headers };
    Database::insert_job(changes, &job).await
}
