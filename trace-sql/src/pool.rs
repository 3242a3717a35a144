//! Pools whose statements are recorded.

use crate::connection::{TracedConnection, TracedPoolConnection, TracedTransaction};
use crate::shared::Shared;
use crate::statement::{self, Step, record};
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx::pool::PoolConnection;
use sqlx::{Acquire, Database, Describe, Execute, Executor, Pool, SqlStr, Transaction};
use std::fmt;
use std::sync::Arc;

/// A pool whose statements are recorded: `&TracedPool` is an [`Executor`], as `&Pool` is. Cheap to clone.
///
/// ```
/// use trace_sql::TracedPool;
/// use trace_sql::sqlx::{self, SqlitePool};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> sqlx::Result<()> {
/// let pool = TracedPool::new(SqlitePool::connect("sqlite::memory:").await?);
/// let one: i64 = sqlx::query_scalar("SELECT ?").bind(1).fetch_one(&pool).await?;
/// let mut transaction = pool.begin().await?;
/// sqlx::query("CREATE TABLE numbers (number INTEGER)").execute(&mut *transaction).await?;
/// transaction.commit().await?;
/// # assert_eq!(one, 1);
/// # Ok(())
/// # }
/// ```
pub struct TracedPool<DB: Database>(Arc<Shared<DB>>);

impl<DB: Database> TracedPool<DB> {
    /// Records the statements that go through a pool.
    pub fn new(pool: Pool<DB>) -> Self {
        Self(Arc::new(Shared::new(pool)))
    }

    /// Sets the name of the pool in metrics; the address and the namespace of the database by default. Pools need
    /// different names.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).set_name(name.into());
        self
    }

    /// Does not record the text of statements, only its summary.
    #[must_use]
    pub fn without_query_text(mut self) -> Self {
        Arc::make_mut(&mut self.0).hide_text();
        self
    }

    /// Does not record messages of errors, only what kind they are of. Databases copy values into some: that of MySQL
    /// for a duplicate key, for example.
    #[must_use]
    pub fn without_error_messages(mut self) -> Self {
        Arc::make_mut(&mut self.0).hide_messages();
        self
    }

    /// Returns the pool, whose statements are not recorded.
    pub fn get(&self) -> &Pool<DB> {
        &self.0.pool
    }

    /// Takes a connection out of the pool.
    ///
    /// # Errors
    /// Those of sqlx.
    pub async fn acquire(&self) -> sqlx::Result<TracedPoolConnection<DB>> {
        let acquired = self.0.pool.acquire().await;
        let connection = acquired.inspect_err(|error| self.note(error))?;
        Ok(TracedPoolConnection(TracedConnection::new(connection, &self.0)))
    }

    /// Begins a transaction, recorded as `BEGIN`.
    ///
    /// # Errors
    /// Those of sqlx.
    pub async fn begin(&self) -> sqlx::Result<TracedTransaction<DB>> {
        let transaction = record(&self.0, "BEGIN", self.0.pool.begin()).await?;
        Ok(TracedTransaction(TracedConnection::new(transaction, &self.0)))
    }

    fn note(&self, error: &sqlx::Error) {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            self.0.note_timeout();
        }
    }
}

impl<DB: Database> Clone for TracedPool<DB> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<DB: Database> fmt::Debug for TracedPool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedPool").field("name", &self.0.name()).finish_non_exhaustive()
    }
}

impl<DB: Database> From<Pool<DB>> for TracedPool<DB> {
    fn from(pool: Pool<DB>) -> Self {
        Self::new(pool)
    }
}

impl<'p, DB: Database> Executor<'p> for &'p TracedPool<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    type Database = DB;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step<DB>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        statement::fetch_many(self.get(), query, &self.0)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<DB::Row>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        statement::fetch_optional(self.get(), query, &self.0)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<DB::Statement>>
    where
        'p: 'e,
    {
        self.get().prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<DB>>>
    where
        'p: 'e,
    {
        self.get().describe(sql)
    }
}

/// For code that is generic over pools, such as migrations: what it does with the connection is not recorded.
impl<'a, DB: Database> Acquire<'a> for &'_ TracedPool<DB> {
    type Database = DB;
    type Connection = PoolConnection<DB>;

    fn acquire(self) -> BoxFuture<'a, sqlx::Result<PoolConnection<DB>>> {
        Acquire::acquire(self.get())
    }

    fn begin(self) -> BoxFuture<'a, sqlx::Result<Transaction<'a, DB>>> {
        Acquire::begin(self.get())
    }
}
