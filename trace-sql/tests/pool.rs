//! Statements through pools, connections and transactions of SQLite.

use futures_util::{FutureExt as _, TryStreamExt as _};
use trace_runtime::in_span;
use trace_sql::TracedPool;
use trace_sql::sqlx::sqlite::SqlitePoolOptions;
use trace_sql::sqlx::{self, Sqlite};
use trace_testkit::matcher::contains;
use trace_testkit::{Capture, tree};

async fn open() -> TracedPool<Sqlite> {
    let one = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:");
    let pool = TracedPool::new(one.await.unwrap()).with_name("test");
    // Not recorded.
    sqlx::query("CREATE TABLE numbers (n INTEGER UNIQUE)").execute(pool.get()).await.unwrap();
    pool
}

#[trace_testkit::test]
async fn statements_are_recorded_whatever_the_way_they_are_made(t: Capture) {
    let pool = open().await;
    for number in [1, 2, 3] {
        let insert = sqlx::query("INSERT INTO numbers VALUES (?)").bind(number);
        assert_eq!(insert.execute(&pool).await.unwrap().rows_affected(), 1);
    }
    let all: Vec<i64> =
        sqlx::query_scalar("SELECT n FROM numbers ORDER BY n").fetch_all(&pool).await.unwrap();
    assert_eq!(all, [1, 2, 3]);
    let one = sqlx::query_scalar("SELECT n FROM numbers WHERE n = ?").bind(2);
    assert_eq!(one.fetch_optional(&pool).await.unwrap(), Some(2_i64));
    sqlx::raw_sql("DELETE FROM numbers WHERE n = 3; SELECT 'secret'").execute(&pool).await.unwrap();
    t.assert_tree(tree! {
        "INSERT numbers" [
            kind: Client,
            "db.system.name" = "sqlite",
            "db.query.summary" = "INSERT numbers",
            "db.query.text" = "INSERT INTO numbers VALUES (?)",
            "db.response.returned_rows" = 0,
        ],
        "INSERT numbers" [..],
        "INSERT numbers" [..],
        "SELECT numbers" ["db.response.returned_rows" = 3, ..],
        "SELECT numbers" [
            "db.query.text" = "SELECT n FROM numbers WHERE n = ?",
            "db.response.returned_rows" = 1,
            ..
        ],
        "DELETE numbers SELECT" [
            "db.query.text" = "DELETE FROM numbers WHERE n = ?; SELECT ?",
            ..
        ],
    });
    let duration = t.histogram("db.client.operation.duration").unit("s");
    duration.with("db.query.summary", "INSERT numbers").count(3);
    t.metrics().follow_conventions();
}

#[trace_testkit::test]
async fn transactions_and_connections_are_recorded_too(t: Capture) {
    let pool = open().await;
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("INSERT INTO numbers VALUES (7)").execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    pool.begin().await.unwrap().rollback().await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let one: i64 =
        sqlx::query_scalar("SELECT n FROM numbers").fetch_one(&mut *connection).await.unwrap();
    assert_eq!(one, 7);
    t.assert_tree(tree! {
        "BEGIN" [..],
        "INSERT numbers" ["db.query.text" = "INSERT INTO numbers VALUES (?)", ..],
        "COMMIT" [..],
        "BEGIN" [..],
        "ROLLBACK" [..],
        "SELECT numbers" ["db.response.returned_rows" = 1, ..],
    });
}

#[trace_testkit::test]
async fn failures_are_named_and_unread_rows_are_none(t: Capture) {
    let pool = open().await.without_query_text();
    for _ in 0..2 {
        let _ = sqlx::query("INSERT INTO numbers VALUES (1), (2)").execute(&pool).await;
    }
    let mut rows = sqlx::query("SELECT n FROM numbers").fetch(&pool);
    rows.try_next().await.unwrap().unwrap();
    drop(rows);
    assert!(sqlx::query("SELECT 1").execute(&pool).now_or_never().is_none());
    t.assert_tree(tree! {
        "INSERT numbers" [not_failed],
        "INSERT numbers" [
            "db.system.name" = "sqlite",
            "db.query.summary" = "INSERT numbers",
            "db.response.status_code" = "2067",
            "db.response.returned_rows" = 0,
            ..
        ],
        "SELECT numbers" [not_failed],
        ..
    });
    let failed = t.span("INSERT numbers").has("error.type", "2067");
    failed.failed().one();
    let duration = t.histogram("db.client.operation.duration");
    duration.with("error.type", "2067").count(1);
    t.histogram("db.client.operation.duration").with("error.type", "cancelled").count(1);
}

#[trace_testkit::test]
async fn a_pool_is_observed_and_its_timeouts_are_counted(t: Capture) {
    let pool = open().await;
    let connection = pool.acquire().await.unwrap();
    // The clock jumps to the end of each wait.
    tokio::time::pause();
    assert!(pool.acquire().await.is_err());
    let late = in_span("late", |_| sqlx::query("SELECT 1").execute(&pool));
    assert!(late.await.is_err());
    let pool_name = "db.client.connection.pool.name";
    t.counter("db.client.connection.timeouts").with(pool_name, "test").total(2);
    let count = |state| {
        let count = t.up_down_counter("db.client.connection.count").with(pool_name, "test");
        count.with("db.client.connection.state", state)
    };
    count("used").total(1);
    count("idle").total(0);
    t.up_down_counter("db.client.connection.max").with(pool_name, "test").total(1);
    t.span("SELECT").has("error.type", "pool_timed_out").one();
    drop(connection);
    drop(pool);
}

#[trace_testkit::test]
async fn a_pool_is_observed_whatever_is_set_after_its_first_statement(t: Capture) {
    let pool = open().await;
    sqlx::query("SELECT 1").execute(&pool).await.unwrap();
    let pool = pool.with_name("orders").without_query_text();
    sqlx::query("SELECT 1").execute(&pool).await.unwrap();
    let max = || t.up_down_counter("db.client.connection.max");
    max().with("db.client.connection.pool.name", "orders").total(1);
    max().with("db.client.connection.pool.name", "test").none();
    drop(pool);
}

#[trace_testkit::test]
async fn literals_are_hidden_beside_bound_values_too(t: Capture) {
    let pool = open().await;
    let text = "SELECT n FROM numbers WHERE n = ? AND 'secret' != ? /* secret */";
    sqlx::query(text).bind(1).bind("a").execute(&pool).await.unwrap();
    t.span("SELECT numbers")
        .with("db.query.text", "SELECT n FROM numbers WHERE n = ? AND ? != ?")
        .one();
}

#[trace_testkit::test]
async fn messages_of_errors_are_recorded_unless_they_may_show_values(t: Capture) {
    let pool = open().await;
    // The database copies what it cannot read.
    sqlx::query("SELECT 'secret").execute(&pool).await.unwrap_err();
    t.span("SELECT").failed().has_exception(contains("secret")).one();
    let pool = pool.without_error_messages();
    sqlx::query("INSERT INTO numbers VALUES ('secret").execute(&pool).await.unwrap_err();
    let failed =
        t.span("INSERT numbers").has("error.type", "1").has("db.response.status_code", "1");
    failed.has_error("").event_count(0).one();
}
