//! Reads the items that are sold.

use super::connection::{Database, Result, error_type};
use serde::Serialize;
use trace_runtime::trace;

/// An item of the catalogue.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub(crate) struct ItemRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// In cents.
    pub(crate) price: i64,
}

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    #[trace(
        "SELECT items",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT items"),
        ret("db.result.found" = ret.is_some())
    )]
    pub(crate) async fn item(&self, id: i64) -> Result<Option<ItemRow>> {
        sqlx::query_as("SELECT id, name, price FROM items WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await
    }

    /// Returns the items whose names contain the text, sorted by name.
    #[trace(
        "SELECT items",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT items"),
        ret("db.response.returned_rows" = ret.len(), "db.result.found" = !ret.is_empty())
    )]
    pub(crate) async fn search_items(
        &self,
        text: &str,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ItemRow>> {
        sqlx::query_as(
            "SELECT id, name, price FROM items WHERE instr(name, ?) > 0
             ORDER BY name LIMIT ? OFFSET ?",
        )
        .bind(text)
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.readers)
        .await
    }
}
