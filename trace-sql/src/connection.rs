//! Connections and transactions whose statements are recorded.

use crate::shared::Shared;
use crate::statement::{self, Step, record};
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx::pool::PoolConnection;
use sqlx::{Database, Describe, Execute, Executor, SqlStr, Transaction};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A connection whose statements are recorded: `&mut` of it is an [`Executor`].
///
/// It is what [`TracedPoolConnection`] and [`TracedTransaction`] dereference to, so queries are made with
/// `&mut *connection`, as with sqlx.
pub struct TracedConnection<DB: Database, C> {
    inner: C,
    shared: Arc<Shared<DB>>,
}

impl<DB: Database, C> TracedConnection<DB, C> {
    pub(crate) fn new(inner: C, shared: &Arc<Shared<DB>>) -> Self {
        Self { inner, shared: shared.clone() }
    }

    /// Returns what is wrapped, whose statements are not recorded.
    pub fn get_mut(&mut self) -> &mut C {
        &mut self.inner
    }
}

impl<DB: Database, C> fmt::Debug for TracedConnection<DB, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedConnection")
            .field("pool", &self.shared.name())
            .finish_non_exhaustive()
    }
}

impl<'c, DB: Database, C> Executor<'c> for &'c mut TracedConnection<DB, C>
where
    C: DerefMut<Target = DB::Connection> + Send,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
{
    type Database = DB;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step<DB>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        statement::fetch_many(&mut *self.inner, query, &self.shared)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<DB::Row>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        statement::fetch_optional(&mut *self.inner, query, &self.shared)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<DB::Statement>>
    where
        'c: 'e,
    {
        (*self.inner).prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<DB>>>
    where
        'c: 'e,
    {
        (*self.inner).describe(sql)
    }
}

/// A connection of a [`TracedPool`](crate::TracedPool), to which it returns when it is dropped.
#[derive(Debug)]
pub struct TracedPoolConnection<DB: Database>(pub(crate) TracedConnection<DB, PoolConnection<DB>>);

impl<DB: Database> Deref for TracedPoolConnection<DB> {
    type Target = TracedConnection<DB, PoolConnection<DB>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Database> DerefMut for TracedPoolConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// A transaction of a [`TracedPool`](crate::TracedPool), which is rolled back if it is dropped.
#[derive(Debug)]
pub struct TracedTransaction<DB: Database>(
    pub(crate) TracedConnection<DB, Transaction<'static, DB>>,
);

impl<DB: Database> TracedTransaction<DB> {
    /// Commits the transaction, recorded as `COMMIT`.
    ///
    /// # Errors
    /// Those of sqlx.
    pub async fn commit(self) -> sqlx::Result<()> {
        record(&self.0.shared, "COMMIT", self.0.inner.commit()).await
    }

    /// Rolls the transaction back, recorded as `ROLLBACK`. What happens when it is dropped is not recorded.
    ///
    /// # Errors
    /// Those of sqlx.
    pub async fn rollback(self) -> sqlx::Result<()> {
        record(&self.0.shared, "ROLLBACK", self.0.inner.rollback()).await
    }
}

impl<DB: Database> Deref for TracedTransaction<DB> {
    type Target = TracedConnection<DB, Transaction<'static, DB>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Database> DerefMut for TracedTransaction<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
