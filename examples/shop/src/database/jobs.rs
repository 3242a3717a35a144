//! Stores the queue of jobs: ready, running, done and dead ones.

use super::connection::{Changes, Database, Result, error_type, now};
use super::headers::Headers;
use std::fmt;
use trace_runtime::{Label, trace};

/// The name of a job; each is a separate destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Label)]
#[sqlx(rename_all = "snake_case")]
pub(crate) enum JobName {
    ShipOrder,
    SendReceipt,
}

impl JobName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ShipOrder => "ship_order",
            Self::SendReceipt => "send_receipt",
        }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A job before it has an id.
#[derive(Debug)]
pub(crate) struct NewJob {
    pub(crate) name: JobName,
    pub(crate) order_id: i64,
    /// The earliest time to run it.
    pub(crate) run_at: i64,
    /// The context of its sender.
    pub(crate) headers: Headers,
}

/// A job that was claimed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct JobRow {
    pub(crate) id: i64,
    pub(crate) name: JobName,
    pub(crate) order_id: i64,
    /// The number of attempts, including this one.
    pub(crate) attempts: i64,
    pub(crate) run_at: i64,
    #[sqlx(flatten)]
    pub(crate) headers: Headers,
    /// The span of the previous attempt, as a `traceparent`.
    pub(crate) last_attempt: Option<String>,
}

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    /// Inserts a job, and returns its id.
    #[trace(
        "INSERT jobs",
        attrs("db.operation.name" = "INSERT", "db.query.summary" = "INSERT jobs")
    )]
    pub(crate) async fn insert_job(changes: &mut Changes, job: &NewJob) -> Result<i64> {
        sqlx::query_scalar(
            "INSERT INTO jobs (name, order_id, run_at, traceparent, tracestate, baggage)
             VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(job.name)
        .bind(job.order_id)
        .bind(job.run_at)
        .bind(&job.headers.traceparent)
        .bind(&job.headers.tracestate)
        .bind(&job.headers.baggage)
        .fetch_one(&mut **changes)
        .await
    }

    #[trace(
        "UPDATE jobs",
        attrs("db.operation.name" = "UPDATE", "db.query.summary" = "UPDATE jobs")
    )]
    pub(crate) async fn finish_job(&self, id: i64) -> Result<()> {
        sqlx::query("UPDATE jobs SET state = 'done', last_error = NULL WHERE id = ?")
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Schedules the next attempt, or marks the job dead if `again_at` is `None`.
    #[trace(
        "UPDATE jobs",
        attrs("db.operation.name" = "UPDATE", "db.query.summary" = "UPDATE jobs")
    )]
    pub(crate) async fn fail_job(
        &self,
        id: i64,
        error: &str,
        attempt: Option<String>,
        again_at: Option<i64>,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE jobs SET state = iif(?1 IS NULL, 'dead', 'ready'), run_at = coalesce(?1, run_at),
                 last_error = ?2, last_attempt = ?3
             WHERE id = ?4",
        )
        .bind(again_at)
        .bind(error)
        .bind(attempt)
        .bind(id)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

impl Database {
    /// Claims the job that is due the longest; at most one worker gets it. Workers poll this, so it has
    /// no span.
    pub(crate) async fn claim_job(&self) -> Result<Option<JobRow>> {
        sqlx::query_as(
            "UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id = (
                 SELECT id FROM jobs WHERE state = 'ready' AND run_at <= ? ORDER BY run_at LIMIT 1
             ) RETURNING id, name, order_id, attempts, run_at, traceparent, tracestate, baggage,
                 last_attempt",
        )
        .bind(now())
        .fetch_optional(&self.writer)
        .await
    }

    /// Reschedules the jobs that ran when the process ended. Returns the number of ready jobs.
    pub(crate) async fn recover_jobs(&self) -> Result<i64> {
        sqlx::query("UPDATE jobs SET state = 'ready' WHERE state = 'running'")
            .execute(&self.writer)
            .await?;
        sqlx::query_scalar("SELECT count(*) FROM jobs WHERE state = 'ready'")
            .fetch_one(&self.writer)
            .await
    }
}
