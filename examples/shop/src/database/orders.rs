//! Stores orders and their lines, and computes reports.

use super::connection::{Changes, Database, Result, error_type, now};
use serde::{Deserialize, Serialize};
use std::fmt;
use trace_runtime::trace;

/// The state of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize)]
#[sqlx(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum OrderState {
    Placed,
    Packed,
    Shipped,
    Cancelled,
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Placed => "placed",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Cancelled => "cancelled",
        })
    }
}

/// A line of an order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, sqlx::FromRow)]
pub(crate) struct OrderLine {
    pub(crate) item_id: i64,
    pub(crate) quantity: i64,
    /// Of one piece, in cents.
    pub(crate) price: i64,
}

/// An order before it has an id.
#[derive(Debug)]
pub(crate) struct NewOrder<'a> {
    pub(crate) user_id: i64,
    pub(crate) reservation: &'a str,
    pub(crate) lines: &'a [OrderLine],
    pub(crate) total: i64,
}

/// An order.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub(crate) struct OrderRow {
    pub(crate) id: i64,
    #[serde(skip)]
    pub(crate) user_id: i64,
    #[serde(skip)]
    pub(crate) reservation: String,
    pub(crate) state: OrderState,
    /// In cents.
    pub(crate) total: i64,
}

/// The number of orders in a state, and their total in cents.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub(crate) struct ReportRow {
    pub(crate) state: OrderState,
    pub(crate) orders: i64,
    pub(crate) total: i64,
}

/// Shipped orders that were collected.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    pub(crate) id: i64,
    pub(crate) orders: i64,
    /// In cents.
    pub(crate) total: i64,
    /// The spans that shipped them, as `traceparent`s.
    pub(crate) shipped_by: Vec<String>,
}

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    /// Inserts an order, and returns its id.
    #[trace(
        "INSERT orders, order_lines",
        attrs("db.operation.name" = "INSERT", "db.query.summary" = "INSERT orders, order_lines"),
        ret(order.id = *ret)
    )]
    pub(crate) async fn insert_order(changes: &mut Changes, order: &NewOrder<'_>) -> Result<i64> {
        let id = sqlx::query_scalar(
            "INSERT INTO orders (user_id, reservation, state, total, created_at)
             VALUES (?, ?, 'placed', ?, ?) RETURNING id",
        )
        .bind(order.user_id)
        .bind(order.reservation)
        .bind(order.total)
        .bind(now())
        .fetch_one(&mut **changes)
        .await?;
        for line in order.lines {
            sqlx::query(
                "INSERT INTO order_lines (order_id, item_id, quantity, price) VALUES (?, ?, ?, ?)",
            )
            .bind(id)
            .bind(line.item_id)
            .bind(line.quantity)
            .bind(line.price)
            .execute(&mut **changes)
            .await?;
        }
        Ok(id)
    }

    #[trace(
        "SELECT orders",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT orders"),
        ret("db.result.found" = ret.is_some())
    )]
    pub(crate) async fn order(&self, id: i64) -> Result<Option<OrderRow>> {
        sqlx::query_as("SELECT id, user_id, reservation, state, total FROM orders WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await
    }

    #[trace(
        "SELECT order_lines",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT order_lines"),
        ret("db.response.returned_rows" = ret.len(), "db.result.found" = !ret.is_empty())
    )]
    pub(crate) async fn order_lines(&self, order: i64) -> Result<Vec<OrderLine>> {
        sqlx::query_as("SELECT item_id, quantity, price FROM order_lines WHERE order_id = ?")
            .bind(order)
            .fetch_all(&self.readers)
            .await
    }

    /// Moves an order from one of two states to another; returns whether it was in one of them.
    #[trace(
        "UPDATE orders",
        attrs("db.operation.name" = "UPDATE", "db.query.summary" = "UPDATE orders", order.state = %to),
        ret("db.result.found" = *ret)
    )]
    pub(crate) async fn advance_order(
        &self,
        id: i64,
        from: [OrderState; 2],
        to: OrderState,
        shipped_by: Option<String>,
    ) -> Result<bool> {
        let changed = sqlx::query(
            "UPDATE orders SET state = ?, shipped_by = coalesce(?, shipped_by)
             WHERE id = ? AND state IN (?, ?)",
        )
        .bind(to)
        .bind(shipped_by)
        .bind(id)
        .bind(from[0])
        .bind(from[1])
        .execute(&self.writer)
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Summarizes orders since a time, by state.
    #[trace(
        "SELECT orders",
        attrs("db.operation.name" = "SELECT", "db.query.summary" = "SELECT orders"),
        ret("db.response.returned_rows" = ret.len())
    )]
    pub(crate) async fn report(&self, since: i64) -> Result<Vec<ReportRow>> {
        sqlx::query_as(
            "SELECT state, count(*) AS orders, sum(total) AS total FROM orders
             WHERE created_at >= ? GROUP BY state ORDER BY state",
        )
        .bind(since)
        .fetch_all(&self.readers)
        .await
    }
}

impl Database {
    /// Whether there is anything to digest. It is polled, so it has no span.
    pub(crate) async fn has_undigested(&self) -> Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM orders WHERE state = 'shipped' AND digest_id IS NULL)",
        )
        .fetch_one(&self.readers)
        .await
    }

    /// Collects shipped orders that are in no digest yet. It runs before the span of the digest, which
    /// can be linked to the orders' spans only once they are known.
    pub(crate) async fn collect_digest(&self, limit: i64) -> Result<Digest> {
        let mut changes = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let id = sqlx::query_scalar(
            "INSERT INTO digests (created_at, orders, total) VALUES (?, 0, 0) RETURNING id",
        )
        .bind(now())
        .fetch_one(&mut *changes)
        .await?;
        let rows: Vec<(i64, Option<String>)> = sqlx::query_as(
            "UPDATE orders SET digest_id = ? WHERE id IN (
                 SELECT id FROM orders WHERE state = 'shipped' AND digest_id IS NULL LIMIT ?
             ) RETURNING total, shipped_by",
        )
        .bind(id)
        .bind(limit)
        .fetch_all(&mut *changes)
        .await?;
        let (totals, shipped_by): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        changes.commit().await?;
        Ok(Digest {
            id,
            orders: i64::try_from(totals.len()).unwrap_or(i64::MAX),
            total: totals.iter().sum(),
            shipped_by: shipped_by.into_iter().flatten().collect(),
        })
    }
}

#[trace(kind = Client, attrs("db.system.name" = "sqlite"), err(type = error_type(err)))]
impl Database {
    #[trace(
        "UPDATE digests",
        attrs("db.operation.name" = "UPDATE", "db.query.summary" = "UPDATE digests")
    )]
    pub(crate) async fn finish_digest(&self, digest: &Digest) -> Result<()> {
        sqlx::query("UPDATE digests SET orders = ?, total = ? WHERE id = ?")
            .bind(digest.orders)
            .bind(digest.total)
            .bind(digest.id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
