//! The database: the changes that customers have made. Its statements are recorded by `trace-sql`.

use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Sqlite, migrate};
use std::path::Path;
use trace_sql::TracedPool;

/// A change that a customer has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub(crate) struct Change {
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) reference: String,
}

/// The database.
#[derive(Clone, Debug)]
pub(crate) struct Database(TracedPool<Sqlite>);

impl Database {
    /// Opens a file, creating it if needed; without one, the database is in memory and ends with the process.
    pub(crate) async fn open(path: Option<&Path>) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new().journal_mode(SqliteJournalMode::Wal);
        let options = match path {
            Some(path) => options.filename(path).create_if_missing(true),
            None => options.in_memory(true),
        };
        // SQLite has one writer, and a database in memory belongs to one connection.
        let pool =
            SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_with(options).await?;
        migrate!().run(&pool).await?;
        Ok(Self(TracedPool::new(pool).with_name("changes")))
    }

    /// Keeps a change of a customer.
    pub(crate) async fn keep(&self, tenant: &str, change: &Change) -> sqlx::Result<()> {
        sqlx::query("INSERT INTO changes (tenant, kind, target, reference) VALUES (?, ?, ?, ?)")
            .bind(tenant)
            .bind(&change.kind)
            .bind(&change.target)
            .bind(&change.reference)
            .execute(&self.0)
            .await?;
        Ok(())
    }

    /// Returns the latest changes of a customer, the last one first.
    pub(crate) async fn changes(&self, tenant: &str) -> sqlx::Result<Vec<Change>> {
        sqlx::query_as(
            "SELECT kind, target, reference FROM changes WHERE tenant = ? ORDER BY id DESC LIMIT 20",
        )
        .bind(tenant)
        .fetch_all(&self.0)
        .await
    }
}
