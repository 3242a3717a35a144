//! The database: what is to be done, and what was suggested for it.

use crate::error::Result;
use crate::suggestion::{Priority, ProviderName, Suggestion};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::{business_metric, trace};

/// Something to do.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Todo {
    pub(crate) id: i64,
    pub(crate) text: String,
    pub(crate) completed_at: Option<i64>,
}

/// Something to do, with what was suggested for it.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Listed {
    #[sqlx(flatten)]
    pub(crate) todo: Todo,
    #[sqlx(flatten)]
    pub(crate) row: EnrichmentRow,
}

/// A row of suggestions, or of none.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EnrichmentRow {
    provider: Option<String>,
    model: Option<String>,
    priority: Option<String>,
    category: Option<String>,
    minutes: Option<i64>,
    confidence: Option<f64>,
}

impl EnrichmentRow {
    /// Returns the suggestion, if there is one.
    pub(crate) fn suggestion(self) -> Option<Suggestion> {
        Some(Suggestion {
            provider: ProviderName::named(&self.provider?)?,
            model: self.model?,
            priority: Priority::named(&self.priority?)?,
            category: self.category?,
            minutes: self.minutes?,
            confidence: self.confidence?,
        })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Database(SqlitePool);

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = err.kind()))]
impl Database {
    /// Opens the file, creating it if needed, and migrates its schema.
    #[trace("db.open", kind = Internal, level = debug)]
    #[business_metric(
        gauge("database.connections.active", unit = "{connection}"),
        value = u64::from(ret.0.size())
    )]
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            // Another command, or one in the background, may be writing.
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        let database = Self(pool);
        database.migrate().await?;
        Ok(database)
    }

    #[trace("db.migrate", level = debug)]
    async fn migrate(&self) -> Result<()> {
        Ok(sqlx::migrate!().run(&self.0).await?)
    }

    #[trace(skip)]
    pub(crate) async fn close(&self) {
        self.0.close().await;
    }

    #[trace(
        "db.todo.create",
        attrs("db.operation.name" = "INSERT", "db.query.summary" = "INSERT todos"),
        ret(todo.id = ret.id)
    )]
    #[business_metric(counter("todos.created", unit = "{todo}"), on = ok)]
    pub(crate) async fn create(&self, text: &str) -> Result<Todo> {
        let query =
            "INSERT INTO todos (text, created_at) VALUES (?, ?) RETURNING id, text, completed_at";
        Ok(sqlx::query_as(query).bind(text).bind(now()).fetch_one(&self.0).await?)
    }

    #[trace(
        "db.todo.list",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT todos"),
        ret("db.response.returned_rows" = ret.len())
    )]
    pub(crate) async fn list(&self, all: bool) -> Result<Vec<Listed>> {
        let query = "SELECT todos.*, ai_enrichments.* FROM todos
             LEFT JOIN ai_enrichments ON todo_id = id AND is_accepted IS NOT 0
             WHERE ? OR completed_at IS NULL ORDER BY id";
        Ok(sqlx::query_as(query).bind(all).fetch_all(&self.0).await?)
    }

    #[trace(
        "db.todo.find",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT todos", todo.id = id)
    )]
    pub(crate) async fn find(&self, id: i64) -> Result<Option<Todo>> {
        let query = "SELECT id, text, completed_at FROM todos WHERE id = ?";
        Ok(sqlx::query_as(query).bind(id).fetch_optional(&self.0).await?)
    }

    #[trace(
        "db.todo.complete",
        attrs("db.operation.name" = "UPDATE", "db.query.summary" = "UPDATE todos", todo.id = id)
    )]
    #[business_metric(counter("todos.completed", unit = "{todo}"), value = ret.is_some())]
    /// Marks something as done, unless it is.
    pub(crate) async fn complete(&self, id: i64) -> Result<Option<Todo>> {
        let query = "UPDATE todos SET completed_at = ? WHERE id = ? AND completed_at IS NULL
             RETURNING id, text, completed_at";
        Ok(sqlx::query_as(query).bind(now()).bind(id).fetch_optional(&self.0).await?)
    }

    #[trace(
        "db.ai_enrichment.find",
        attrs(
            "db.operation.name" = "SELECT",
            "db.query.summary" = "SELECT ai_enrichments",
            todo.id = id
        )
    )]
    pub(crate) async fn enrichment(&self, id: i64) -> Result<Option<Suggestion>> {
        let query = "SELECT * FROM ai_enrichments WHERE todo_id = ?";
        let row: Option<EnrichmentRow> =
            sqlx::query_as(query).bind(id).fetch_optional(&self.0).await?;
        Ok(row.and_then(EnrichmentRow::suggestion))
    }

    #[trace(
        "db.ai_enrichment.save",
        attrs(
            "db.operation.name" = "INSERT",
            "db.query.summary" = "INSERT ai_enrichments",
            todo.id = id
        )
    )]
    pub(crate) async fn save(&self, id: i64, suggestion: &Suggestion) -> Result<()> {
        let query = "INSERT OR REPLACE INTO ai_enrichments
             (todo_id, provider, model, priority, category, minutes, confidence)
             VALUES (?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(query)
            .bind(id)
            .bind(suggestion.provider.as_str())
            .bind(&suggestion.model)
            .bind(suggestion.priority.as_str())
            .bind(&suggestion.category)
            .bind(suggestion.minutes)
            .bind(suggestion.confidence)
            .execute(&self.0)
            .await?;
        Ok(())
    }

    #[trace(
        "db.ai_enrichment.decide",
        attrs(
            "db.operation.name" = "UPDATE",
            "db.query.summary" = "UPDATE ai_enrichments",
            todo.id = id
        )
    )]
    pub(crate) async fn decide(&self, id: i64, is_accepted: bool) -> Result<()> {
        let query = "UPDATE ai_enrichments SET is_accepted = ? WHERE todo_id = ?";
        sqlx::query(query).bind(is_accepted).bind(id).execute(&self.0).await?;
        Ok(())
    }
}

/// Returns the time in milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
