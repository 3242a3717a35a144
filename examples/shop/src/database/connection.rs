//! Opens the database, and begins and commits its transactions.

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::trace;

/// What the functions of this module return, whose errors are all named alike.
pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

/// What is changed together.
pub(crate) type Changes = Transaction<'static, Sqlite>;

/// So many may read at a time.
const READERS: u32 = 4;

/// SQLite has many readers and one writer: so there is a pool for those and a connection for this
/// one, for which writers wait in line instead of being turned away as busy.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(super) readers: SqlitePool,
    pub(super) writer: SqlitePool,
}

impl Database {
    /// Opens the file, makes it if it is not there, and brings its schema up to date.
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
            // All at once: a request that has to open one waits for milliseconds.
            .min_connections(READERS)
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { readers, writer })
    }

    /// One that is empty, and gone when it is dropped.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Self {
        let one = SqlitePoolOptions::new().max_connections(1);
        let pool = one.connect("sqlite::memory:").await.expect("there is memory");
        sqlx::migrate!().run(&pool).await.expect("the schema is right");
        Self { readers: pool.clone(), writer: pool }
    }

    /// Closes it, once nobody uses it any more.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    /// Waits for its turn to write.
    #[trace("BEGIN", attrs("db.operation.name" = "BEGIN", "db.query.summary" = "BEGIN"))]
    pub(crate) async fn begin(&self) -> Result<Changes> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// Makes the changes last.
    #[trace("COMMIT", attrs("db.operation.name" = "COMMIT", "db.query.summary" = "COMMIT"))]
    pub(crate) async fn commit(changes: Changes) -> Result<()> {
        changes.commit().await
    }
}

/// The `error.type` of a span: few values, of which a person can make something.
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

/// Milliseconds since 1970, as the tables have them.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A duration in the same unit.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
