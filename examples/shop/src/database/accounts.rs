//! Stores users and their sessions.

use super::connection::{Database, Result, error_type, now};
use serde::{Deserialize, Serialize};
use std::fmt;
use trace_runtime::{Label, trace};

/// The role of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize)]
#[sqlx(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Customer,
    Admin,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The tier of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize, Label)]
#[sqlx(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    Standard,
    Gold,
}

impl Tier {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Gold => "gold",
        }
    }
}

/// The user of a request.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) role: Role,
    pub(crate) tier: Tier,
}

/// A user's credentials. They cannot be printed, so the hash cannot reach a log.
#[derive(sqlx::FromRow)]
pub(crate) struct UserWithPassword {
    #[sqlx(flatten)]
    pub(crate) user: User,
    pub(crate) password_hash: String,
}

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    #[trace(
        "SELECT users",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT users"),
        ret("db.result.found" = ret.is_some())
    )]
    pub(crate) async fn user_by_name(&self, name: &str) -> Result<Option<UserWithPassword>> {
        sqlx::query_as("SELECT id, role, tier, password_hash FROM users WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.readers)
            .await
    }

    #[trace(
        "INSERT sessions",
        attrs("db.operation.name" = "INSERT", "db.query.summary" = "INSERT sessions")
    )]
    pub(crate) async fn insert_session(
        &self,
        token_hash: &[u8],
        user: User,
        until: i64,
    ) -> Result<()> {
        sqlx::query("INSERT INTO sessions (token_hash, user_id, expires_at) VALUES (?, ?, ?)")
            .bind(token_hash)
            .bind(user.id)
            .bind(until)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Returns the user of a session, unless it has expired.
    #[trace(
        "SELECT sessions, users",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT sessions, users"),
        ret("db.result.found" = ret.is_some())
    )]
    pub(crate) async fn user_by_session(&self, token_hash: &[u8]) -> Result<Option<User>> {
        sqlx::query_as(
            "SELECT users.id, role, tier FROM sessions JOIN users ON users.id = user_id
             WHERE token_hash = ? AND expires_at > ?",
        )
        .bind(token_hash)
        .bind(now())
        .fetch_optional(&self.readers)
        .await
    }

    #[trace(
        "DELETE sessions",
        attrs("db.operation.name" = "DELETE", "db.query.summary" = "DELETE sessions"),
        ret("db.response.affected_rows" = *ret)
    )]
    pub(crate) async fn delete_expired_sessions(&self) -> Result<u64> {
        let deleted = sqlx::query("DELETE FROM sessions WHERE expires_at <= ?")
            .bind(now())
            .execute(&self.writer)
            .await?;
        Ok(deleted.rows_affected())
    }
}
