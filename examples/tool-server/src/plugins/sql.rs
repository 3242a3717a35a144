//! Records the statements that go through a pool of sqlx, by the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/database/).
//!
//! Queries are made as always, with `&Observed` where the pool was: `query.fetch_all(&database)`. Arguments are not
//! recorded, so statements should bind their values.

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, global};
use sqlx::error::BoxDynError;
use sqlx::sqlite::{
    SqliteArguments, SqlitePool, SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo,
};
use sqlx::{Either, Execute, Executor, SqlStr, Sqlite};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use trace_runtime::span::DetachedSpan;
use trace_runtime::{Instrument, Span, SpanKind};

/// The boundaries of the conventions, in seconds.
const BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    let meter = global::meter("sqlx");
    let histogram = meter.f64_histogram("db.client.operation.duration");
    histogram.with_unit("s").with_boundaries(BOUNDARIES.to_vec()).build()
});

/// A pool whose statements are recorded.
#[derive(Clone, Debug)]
pub(crate) struct Observed(SqlitePool);

impl Observed {
    /// Records the statements that go through a pool.
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self(pool)
    }
}

type Step = Result<Either<SqliteQueryResult, SqliteRow>, sqlx::Error>;

impl<'p> Executor<'p> for &'p Observed {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let query = Parts::of(query);
        let (span, statement) = Statement::begin(query.sql.as_str());
        let steps = Steps { inner: self.0.fetch_many(query), statement };
        Box::pin(steps.instrument(span))
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<SqliteRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let query = Parts::of(query);
        let (span, mut statement) = Statement::begin(query.sql.as_str());
        let fetching = async move {
            let row = self.0.fetch_optional(query).await;
            match &row {
                Ok(row) => {
                    statement.rows = row.is_some().into();
                    statement.end(None);
                }
                Err(error) => statement.fail(error),
            }
            row
        };
        Box::pin(fetching.instrument(span))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, Result<SqliteStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        self.0.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<sqlx::Describe<Sqlite>, sqlx::Error>>
    where
        'p: 'e,
    {
        self.0.describe(sql)
    }
}

/// A query in parts, because its text can only be read by taking it apart.
struct Parts {
    sql: SqlStr,
    arguments: Option<Result<Option<SqliteArguments>, BoxDynError>>,
    is_persistent: bool,
}

impl Parts {
    fn of<'q>(mut query: impl Execute<'q, Sqlite>) -> Self {
        let arguments = Some(query.take_arguments());
        let is_persistent = query.persistent();
        Self { sql: query.sql(), arguments, is_persistent }
    }
}

impl Execute<'_, Sqlite> for Parts {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&SqliteStatement> {
        None
    }

    fn take_arguments(&mut self) -> Result<Option<SqliteArguments>, BoxDynError> {
        self.arguments.take().unwrap_or(Ok(None))
    }

    fn persistent(&self) -> bool {
        self.is_persistent
    }
}

/// The rows and results of a statement.
struct Steps<'e> {
    inner: BoxStream<'e, Step>,
    statement: Statement,
}

impl Stream for Steps<'_> {
    type Item = Step;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Step>> {
        let step = ready!(self.inner.as_mut().poll_next(cx));
        match &step {
            Some(Ok(Either::Right(_))) => self.statement.rows += 1,
            Some(Ok(Either::Left(_))) => {}
            Some(Err(error)) => self.statement.fail(error),
            None => self.statement.end(None),
        }
        Poll::Ready(step)
    }
}

/// A statement that is running.
struct Statement {
    span: Span,
    begun: Instant,
    labels: Vec<KeyValue>,
    rows: u64,
    is_ended: bool,
}

impl Statement {
    fn begin(sql: &str) -> (DetachedSpan, Self) {
        let (operation, collection) = summarized(sql);
        let summary = match &collection {
            Some(collection) => format!("{operation} {collection}"),
            None => operation.clone(),
        };
        let span = Span::builder(summary.clone())
            .with_kind(SpanKind::Client)
            .with_attribute("db.system.name", "sqlite")
            .with_attribute("db.operation.name", &operation)
            .with_attribute("db.collection.name", &collection)
            .with_attribute("db.query.summary", &summary)
            .with_attribute("db.query.text", sql)
            .start();
        let mut labels = vec![
            KeyValue::new("db.system.name", "sqlite"),
            KeyValue::new("db.operation.name", operation),
        ];
        labels.extend(collection.map(|collection| KeyValue::new("db.collection.name", collection)));
        let begun = Instant::now();
        let statement = Self { span: span.span(), begun, labels, rows: 0, is_ended: false };
        (span, statement)
    }

    fn fail(&mut self, error: &sqlx::Error) {
        self.span.fail(error);
        self.span.set_attribute("error.type", error_type(error));
        self.end(Some(error_type(error)));
    }

    /// Records how the statement has ended, while its span is open.
    fn end(&mut self, error: Option<&'static str>) {
        if std::mem::replace(&mut self.is_ended, true) {
            return;
        }
        self.span.set_attribute("db.response.returned_rows", self.rows);
        self.labels.extend(error.map(|error| KeyValue::new("error.type", error)));
        DURATION.record(self.begun.elapsed().as_secs_f64(), &self.labels);
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        self.end(Some("cancelled"));
    }
}

/// Returns the operation of a statement, and the first table that it names.
fn summarized(sql: &str) -> (String, Option<String>) {
    let mut words =
        sql.split(|it: char| it.is_whitespace() || it == '(').filter(|it| !it.is_empty());
    let operation = words.next().unwrap_or("").to_ascii_uppercase();
    let collection = match operation.as_str() {
        "UPDATE" => words.next(),
        _ => words.by_ref().find(|it| is_before_table(it)).and_then(|_| words.next()),
    };
    (operation, collection.map(|it| it.trim_matches(['"', '`', ';', ',']).to_owned()))
}

fn is_before_table(word: &str) -> bool {
    word.eq_ignore_ascii_case("from") || word.eq_ignore_ascii_case("into")
}

fn error_type(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Database(error) if error.is_unique_violation() => "unique_violation",
        sqlx::Error::Database(_) => "database",
        sqlx::Error::PoolTimedOut => "pool_timed_out",
        sqlx::Error::PoolClosed => "pool_closed",
        sqlx::Error::ColumnDecode { .. } => "column_decode",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::sqlite::SqlitePoolOptions;
    use trace_testkit::{Capture, tree};

    #[test]
    fn statements_are_summarized_by_operation_and_table() {
        for (sql, operation, table) in [
            ("SELECT id FROM changes WHERE id = ?", "SELECT", Some("changes")),
            ("insert into changes(id) VALUES (?)", "INSERT", Some("changes")),
            ("UPDATE \"changes\" SET id = ?", "UPDATE", Some("changes")),
            ("DELETE FROM changes;", "DELETE", Some("changes")),
            ("SELECT 1", "SELECT", None),
            ("", "", None),
        ] {
            assert_eq!(summarized(sql), (operation.to_owned(), table.map(str::to_owned)), "{sql}");
        }
    }

    #[trace_testkit::test]
    async fn statements_are_recorded_whatever_the_way_they_are_made(t: Capture) {
        let one = SqlitePoolOptions::new().max_connections(1);
        let pool = Observed::new(one.connect("sqlite::memory:").await.unwrap());
        sqlx::query("CREATE TABLE numbers (number INTEGER UNIQUE)").execute(&pool).await.unwrap();
        for number in [1, 2] {
            let insert = sqlx::query("INSERT INTO numbers VALUES (?)").bind(number);
            insert.execute(&pool).await.unwrap();
        }
        let all: Vec<i64> =
            sqlx::query_scalar("SELECT number FROM numbers").fetch_all(&pool).await.unwrap();
        assert_eq!(all, [1, 2]);
        let one = sqlx::query_scalar("SELECT number FROM numbers WHERE number = ?").bind(2);
        assert_eq!(one.fetch_optional(&pool).await.unwrap(), Some(2_i64));
        sqlx::query("INSERT INTO numbers VALUES (2)").execute(&pool).await.unwrap_err();

        t.assert_tree(tree! {
            "CREATE" [..],
            "INSERT numbers" ["db.response.returned_rows" = 0, ..],
            "INSERT numbers" [not_failed],
            "SELECT numbers" [
                kind: Client,
                "db.system.name" = "sqlite",
                "db.operation.name" = "SELECT",
                "db.collection.name" = "numbers",
                "db.query.text" = "SELECT number FROM numbers",
                "db.response.returned_rows" = 2,
                ..
            ],
            "SELECT numbers" ["db.response.returned_rows" = 1, ..],
            "INSERT numbers" ["error.type" = "unique_violation", ..],
        });
        let duration = t.histogram("db.client.operation.duration").unit("s");
        duration
            .with("db.operation.name", "INSERT")
            .with("error.type", "unique_violation")
            .count(1);
        t.histogram("db.client.operation.duration").with("db.operation.name", "SELECT").count(2);
    }
}
