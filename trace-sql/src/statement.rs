//! Statements that are running: their spans and measurements.

use crate::failure::Failure;
use crate::query::Parts;
use crate::shared::Shared;
use crate::text;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use opentelemetry::KeyValue;
use sqlx::{Database, Either, Execute, Executor};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use trace_runtime::span::DetachedSpan;
use trace_runtime::{Instrument as _, Span, SpanKind, Status};

/// A row, or the result of a statement.
pub(crate) type Step<DB> =
    sqlx::Result<Either<<DB as Database>::QueryResult, <DB as Database>::Row>>;

/// A statement that is running.
pub(crate) struct Statement<DB: Database> {
    shared: Arc<Shared<DB>>,
    span: Span,
    begun: Instant,
    summary: Option<Arc<str>>,
    rows: u64,
    /// Whether anything has come from the database.
    has_answer: bool,
    is_ended: bool,
}

impl<DB: Database> Statement<DB> {
    /// Begins a query.
    pub(crate) fn of(query: &Parts<DB>, shared: &Arc<Shared<DB>>) -> (DetachedSpan, Self) {
        Self::begin(shared, query.text())
    }

    /// Begins a statement.
    fn begin(shared: &Arc<Shared<DB>>, sql: &str) -> (DetachedSpan, Self) {
        let of = &shared.description;
        let summary = of.dialect.map(|dialect| text::summary(sql, dialect));
        let summary = summary.filter(|summary| !summary.is_empty());
        let shown = of.dialect.filter(|_| shared.shows_text);
        let shown = shown.map(|dialect| text::sanitized(sql, dialect));
        let span = Span::builder(summary.clone().unwrap_or_else(|| of.system.to_owned()))
            .with_kind(SpanKind::Client)
            .with_attribute("db.system.name", of.system)
            .with_attribute("db.namespace", &of.place.namespace)
            .with_attribute("db.query.summary", &summary)
            .with_attribute("db.query.text", &shown)
            .with_attribute("server.address", &of.place.address)
            .with_attribute("server.port", &of.place.port)
            .start();
        let statement = Self {
            shared: shared.clone(),
            span: span.span(),
            begun: Instant::now(),
            summary: summary.map(Arc::from),
            rows: 0,
            has_answer: false,
            is_ended: false,
        };
        (span, statement)
    }

    /// Notes that the statement has returned a row.
    pub(crate) fn has_row(&mut self) {
        self.rows += 1;
        self.has_answer = true;
    }

    /// Returns the row that `row` returns, and records how that ends.
    pub(crate) async fn of_row(
        mut self,
        row: impl Future<Output = sqlx::Result<Option<DB::Row>>>,
    ) -> sqlx::Result<Option<DB::Row>> {
        let row = row.await;
        match &row {
            Ok(row) => {
                self.rows = row.is_some().into();
                self.end(None);
            }
            Err(error) => self.fail(error),
        }
        row
    }

    /// Records that the statement has failed.
    pub(crate) fn fail(&mut self, error: &sqlx::Error) {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            self.shared.note_timeout();
        }
        let failure = Failure::of(error);
        if self.shared.shows_messages {
            self.span.fail(error);
        } else {
            self.span.set_status(Status::error(""));
        }
        self.span.set_attribute("error.type", &*failure.kind);
        self.span.set_attribute("db.response.status_code", failure.code.as_deref());
        self.end(Some(failure));
    }

    /// Records how the statement has ended, while its span is open.
    pub(crate) fn end(&mut self, failure: Option<Failure>) {
        if std::mem::replace(&mut self.is_ended, true) {
            return;
        }
        self.span.set_attribute("db.response.returned_rows", self.rows);
        let mut labels = self.shared.labels.clone();
        let summary = self.summary.take();
        labels.extend(summary.map(|summary| KeyValue::new("db.query.summary", summary)));
        if let Some(Failure { kind, code }) = failure {
            labels.push(KeyValue::new("error.type", kind));
            labels.extend(code.map(|code| KeyValue::new("db.response.status_code", code)));
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        self.shared.metrics().duration.record(seconds, &labels);
    }
}

impl<DB: Database> Drop for Statement<DB> {
    fn drop(&mut self) {
        // Rows that are not read are no failure.
        self.end((!self.has_answer).then_some(Failure::CANCELLED));
    }
}

/// Sends a query by `executor`, and returns what comes of it.
pub(crate) fn fetch_many<'e, 'q: 'e, DB: Database>(
    executor: impl Executor<'e, Database = DB>,
    query: impl Execute<'q, DB> + 'q,
    shared: &Arc<Shared<DB>>,
) -> BoxStream<'e, Step<DB>> {
    let query = Parts::of(query);
    let (span, statement) = Statement::of(&query, shared);
    let steps = Steps { inner: executor.fetch_many(query), statement };
    Box::pin(steps.instrument(span))
}

/// Sends a query by `executor`, and returns the first row.
pub(crate) fn fetch_optional<'e, 'q: 'e, DB: Database>(
    executor: impl Executor<'e, Database = DB>,
    query: impl Execute<'q, DB> + 'q,
    shared: &Arc<Shared<DB>>,
) -> BoxFuture<'e, sqlx::Result<Option<DB::Row>>> {
    let query = Parts::of(query);
    let (span, statement) = Statement::of(&query, shared);
    Box::pin(statement.of_row(executor.fetch_optional(query)).instrument(span))
}

/// The rows and results of a statement.
struct Steps<'e, DB: Database> {
    inner: BoxStream<'e, Step<DB>>,
    statement: Statement<DB>,
}

impl<DB: Database> Unpin for Steps<'_, DB> {}

impl<DB: Database> Stream for Steps<'_, DB> {
    type Item = Step<DB>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Step<DB>>> {
        let step = ready!(self.inner.as_mut().poll_next(cx));
        match &step {
            Some(Ok(Either::Right(_))) => self.statement.has_row(),
            Some(Ok(Either::Left(_))) => self.statement.has_answer = true,
            Some(Err(error)) => self.statement.fail(error),
            None => self.statement.end(None),
        }
        Poll::Ready(step)
    }
}

/// Records what `work` does as the statement `sql`.
pub(crate) async fn record<DB: Database, T>(
    shared: &Arc<Shared<DB>>,
    sql: &'static str,
    work: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    let (span, mut statement) = Statement::begin(shared, sql);
    let working = async move {
        let result = work.await;
        match &result {
            Ok(_) => statement.end(None),
            Err(error) => statement.fail(error),
        }
        result
    };
    working.instrument(span).await
}
