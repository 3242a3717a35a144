//! The statement of the variants whose spans are those of `tracing`.

use sqlx::sqlite::SqlitePool;
use tracing::instrument;

use crate::service::app::{self, STATEMENT, SUMMARY};

#[instrument(
    name = "SELECT items",
    skip_all,
    fields(
        otel.kind = "client",
        db.system.name = "sqlite",
        db.operation.name = "SELECT",
        db.query.summary = SUMMARY,
        db.query.text = STATEMENT,
    )
)]
pub(super) async fn find(database: &SqlitePool, id: u64) -> u64 {
    app::quantity(database, id).await
}
