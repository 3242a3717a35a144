//! Runs jobs: each worker runs one at a time, until it is done or dead.

use super::handlers::{Handlers, JobError};
use super::queue::{Queue, SYSTEM};
use crate::database::{JobRow, now, span_of, traceparent};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;
use trace_runtime::{Instrument, SpanContext, business_metric, metered, trace};
use tracing::{error, warn};

/// The number of attempts after which a job is dead.
const MAX_ATTEMPTS: i64 = 3;
/// The delay before the second attempt; it doubles for the third.
const BACKOFF_MS: i64 = 100;
/// The pause after the database failed.
const BREATH: Duration = Duration::from_secs(1);

/// A worker.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    queue: Queue,
    handlers: Handlers,
}

impl Worker {
    pub(crate) fn new(queue: Queue, handlers: Handlers) -> Self {
        Self { queue, handlers }
    }

    /// Runs jobs until `stop` changes; a running job is finished first.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow_and_update() {
            match self.queue.database().claim_job().await {
                Ok(Some(job)) => self.work(job).await,
                Ok(None) => tokio::select! {
                    () = self.queue.wait() => {}
                    _ = stop.changed() => {}
                },
                Err(error) => {
                    error!(error = %error, "no job can be claimed");
                    sleep(BREATH).await;
                }
            }
        }
    }

    async fn work(&self, job: JobRow) {
        // The attempt is a child of the producer's span, and has its baggage.
        let context = job.headers.context();
        // The error is recorded in the span, in the log and in the table.
        let _ = self.attempt(job).with_context(context).await;
    }

    #[trace(
        "process {job.name}",
        kind = Consumer,
        links = links(&job),
        attrs(
            job.name = job.name.as_str(),
            job.id,
            "job.attempt" = job.attempts,
            "job.waited_ms" = now() - job.run_at,
            order.id = job.order_id,
            "messaging.system" = SYSTEM,
            "messaging.operation.name" = "process",
            "messaging.operation.type" = "process",
            "messaging.destination.name" = job.name.as_str(),
            "messaging.message.id" = %job.id
        ),
        err(type = err.kind())
    )]
    #[metered(name = "jobs.attempt", labels("job.name" = job.name), in_flight)]
    #[business_metric(
        counter("jobs.attempts", unit = "{attempt}", description = "Attempts at jobs."),
        labels("job.name" = job.name)
    )]
    #[business_metric(
        counter("jobs.failures", unit = "{attempt}", description = "Attempts that failed."),
        labels("job.name" = job.name),
        on = error
    )]
    async fn attempt(&self, job: JobRow) -> Result<(), JobError> {
        match self.handlers.handle(&job).await {
            Ok(()) => {
                self.queue.database().finish_job(job.id).await?;
                self.queue.left();
                Ok(())
            }
            Err(error) => {
                let again_at = (job.attempts < MAX_ATTEMPTS).then(|| again_at(job.attempts));
                let why = error.to_string();
                self.queue.database().fail_job(job.id, &why, traceparent(), again_at).await?;
                match again_at {
                    Some(_) => warn!(job.id, job.attempt = job.attempts, error = why, "job failed"),
                    None => self.bury(&job, &why),
                }
                Err(error)
            }
        }
    }

    /// Marks a job as dead.
    #[business_metric(
        counter("jobs.dead", unit = "{job}", description = "Jobs that are not retried again."),
        labels("job.name" = job.name)
    )]
    fn bury(&self, job: &JobRow, why: &str) {
        self.queue.left();
        error!(job.id, job.attempt = job.attempts, error = why, "job is dead");
    }
}

/// Links an attempt to the producer, which shows its origin even if a sampler or a backend split the
/// trace, and to the previous attempt.
fn links(job: &JobRow) -> impl Iterator<Item = SpanContext> {
    let producer = span_of(job.headers.traceparent.as_deref());
    producer.into_iter().chain(span_of(job.last_attempt.as_deref()))
}

fn again_at(attempt: i64) -> i64 {
    now() + (BACKOFF_MS << (attempt - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;
    use crate::database::JobName;
    use crate::jobs::send;
    use crate::warehouse::Warehouse;
    use trace_testkit::Capture;

    const SOON: Duration = Duration::from_secs(10);

    #[trace_testkit::test]
    async fn a_job_that_never_goes_well_is_dead_after_three_attempts(t: Capture) {
        let database = Database::in_memory().await;
        // An order whose receipt is never accepted.
        database.insert_order_numbered(31).await;
        let mut changes = database.begin().await.unwrap();
        send(&mut changes, JobName::SendReceipt, 31, Duration::ZERO).await.unwrap();
        Database::commit(changes).await.unwrap();

        let queue = Queue::open(database.clone()).await.unwrap();
        let nowhere = Warehouse::at("http://127.0.0.1:9".parse().unwrap()).unwrap();
        let worker = Worker::new(queue, Handlers::new(database.clone(), nowhere));
        let (stop, stopped) = watch::channel(false);
        let working = tokio::spawn(worker.run(stopped).in_current_span());
        t.eventually(SOON, |t| t.counter("jobs.dead").with("job.name", "send_receipt").total(1))
            .await;
        stop.send(true).unwrap();
        working.await.unwrap();

        let attempts = t.span("process send_receipt").failed().child_of("send send_receipt");
        let [first, second, third] = &attempts.count(3)[..] else { unreachable!() };
        first.clone().has("job.attempt", 1).link_count(1).links_to("send send_receipt");
        for again in [second, third] {
            again.clone().link_count(2).links_to("process send_receipt");
        }
        third.clone().has_error("the mail was not taken: mailbox full").has("error.type", "mail");
        t.counter("jobs.attempts").total(3);
        t.counter("jobs.failures").total(3);
        assert!(database.claim_job().await.unwrap().is_none());
    }
}
