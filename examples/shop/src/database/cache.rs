//! Stores cached values that outlive the process.

use super::connection::{Database, Result, error_type, now};
use trace_runtime::trace;

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    #[trace(
        "SELECT cache_entries",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT cache_entries"),
        ret("db.result.found" = ret.is_some())
    )]
    pub(crate) async fn cached(&self, key: &str) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT value FROM cache_entries WHERE key = ? AND expires_at > ?")
            .bind(key)
            .bind(now())
            .fetch_optional(&self.readers)
            .await
    }

    #[trace(
        "INSERT cache_entries",
        attrs("db.operation.name" = "INSERT", "db.query.summary" = "INSERT cache_entries")
    )]
    pub(crate) async fn cache(&self, key: &str, value: &str, until: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO cache_entries (key, value, expires_at) VALUES (?, ?, ?)
             ON CONFLICT (key) DO UPDATE
             SET value = excluded.value, expires_at = excluded.expires_at",
        )
        .bind(key)
        .bind(value)
        .bind(until)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
