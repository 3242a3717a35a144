//! Tests that a pool works in a program without telemetry.

use trace_sql::TracedPool;
use trace_sql::sqlx::{self, SqlitePool};

#[tokio::test(flavor = "current_thread")]
async fn a_pool_works_without_telemetry() {
    let pool = TracedPool::new(SqlitePool::connect("sqlite::memory:").await.unwrap());
    let one: i64 = sqlx::query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
    assert_eq!(one, 1);
}
