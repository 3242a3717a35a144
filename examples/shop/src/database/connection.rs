//! Opens the database, and begins and commits its transactions.

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::trace;

/// The result of the functions of this module.
pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

/// A transaction.
pub(crate) type Changes = Transaction<'static, Sqlite>;

/// The number of concurrent readers.
const READERS: u32 = 4;

/// SQLite has many readers and one writer, so there is a pool for readers, and a single connection for
/// which writers queue instead of being refused as busy.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(super) readers: SqlitePool,
    pub(super) writer: SqlitePool,
}

impl Database {
    /// Opens the file, creating it if needed, and migrates its schema.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
        let writer = writer.await?;
        sqlx::migrate!().run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            // Opened in advance: a request that has to open one waits for milliseconds.
            .min_connections(READERS)
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { readers, writer })
    }

    /// Opens an empty database in memory.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Self {
        let one = SqlitePoolOptions::new().max_connections(1);
        let pool = one.connect("sqlite::memory:").await.expect("there is memory");
        sqlx::migrate!().run(&pool).await.expect("the schema is right");
        Self { readers: pool.clone(), writer: pool }
    }

    /// Closes it when its last query is done.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    /// Begins a transaction, waiting for other writers.
    #[trace("BEGIN", attrs("db.operation.name" = "BEGIN", "db.query.summary" = "BEGIN"))]
    pub(crate) async fn begin(&self) -> Result<Changes> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// Commits a transaction.
    #[trace("COMMIT", attrs("db.operation.name" = "COMMIT", "db.query.summary" = "COMMIT"))]
    pub(crate) async fn commit(changes: Changes) -> Result<()> {
        changes.commit().await
    }
}

/// Returns the `error.type` of a span: few values, all meaningful to humans.
pub(super) fn error_type(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Database(error) if error.is_unique_violation() => "unique_violation",
        sqlx::Error::Database(error) if error.is_foreign_key_violation() => "foreign_key_violation",
        sqlx::Error::Database(error) if error.is_check_violation() => "check_violation",
        sqlx::Error::Database(_) => "database",
        sqlx::Error::PoolTimedOut => "pool_timed_out",
        sqlx::Error::PoolClosed => "pool_closed",
        sqlx::Error::ColumnDecode { .. } => "column_decode",
        _ => "other",
    }
}

/// Returns the time in milliseconds since 1970, as stored in the tables.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Converts a duration to milliseconds.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
