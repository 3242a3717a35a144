//! Fills a new database with the same users and items every time.

use super::accounts::Tier;
use super::connection::{Database, Result};
use crate::password;
use std::time::Instant;
use tracing::debug;

const ADJECTIVES: [&str; 10] =
    ["amber", "blue", "copper", "green", "linen", "oak", "plain", "silver", "walnut", "wool"];
const NOUNS: [&str; 20] = [
    "apron", "basket", "blanket", "bowl", "brush", "candle", "chair", "clock", "cup", "drawer",
    "frame", "jug", "kettle", "lamp", "mirror", "pillow", "plate", "shelf", "table", "vase",
];

/// Fills an empty database; leaves any other as it is.
///
/// The users are `admin` with the password `secret-admin`, and `customer-1` to `customer-N` with
/// `secret-1` to `secret-N`; every fifth of them is a gold customer.
pub(crate) async fn seed(database: &Database, users: u32) -> Result<()> {
    let is_empty = "SELECT NOT EXISTS (SELECT 1 FROM users)";
    if !sqlx::query_scalar::<_, bool>(is_empty).fetch_one(&database.writer).await? {
        return Ok(());
    }
    let started = Instant::now();
    let hashed = tokio::task::spawn_blocking(move || hash_all(users)).await;
    let hashed = hashed.map_err(|panic| sqlx::Error::Io(panic.into()))?;
    let mut changes = database.begin().await?;
    for (name, hash, role, tier) in hashed {
        sqlx::query("INSERT INTO users (name, password_hash, role, tier) VALUES (?, ?, ?, ?)")
            .bind(name)
            .bind(hash)
            .bind(role)
            .bind(tier.as_str())
            .execute(&mut *changes)
            .await?;
    }
    let names =
        ADJECTIVES.iter().flat_map(|one| NOUNS.iter().map(move |two| format!("{one} {two}")));
    for (name, price) in names.zip((5..).map(|number| number * 199 % 9_000 + 99)) {
        sqlx::query("INSERT INTO items (name, price) VALUES (?, ?)")
            .bind(name)
            .bind(price)
            .execute(&mut *changes)
            .await?;
    }
    Database::commit(changes).await?;
    debug!(users, items = ADJECTIVES.len() * NOUNS.len(), ms = millis(started), "seeded");
    Ok(())
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Returns name, password hash, role and tier of each user.
fn hash_all(users: u32) -> Vec<(String, String, &'static str, Tier)> {
    let customers = (1..=users).map(|number| {
        let tier = if number % 5 == 0 { Tier::Gold } else { Tier::Standard };
        (
            format!("customer-{number}"),
            password::hash(&format!("secret-{number}")),
            "customer",
            tier,
        )
    });
    let admin = ("admin".to_owned(), password::hash("secret-admin"), "admin", Tier::Standard);
    customers.chain([admin]).collect()
}

#[cfg(test)]
impl Database {
    /// Inserts an order of this number, by the first user.
    pub(crate) async fn insert_order_numbered(&self, id: i64) {
        seed(self, 1).await.expect("it is empty");
        sqlx::query(
            "INSERT INTO orders (id, user_id, reservation, state, total, created_at)
             VALUES (?, 1, 'test', 'placed', 100, 0)",
        )
        .bind(id)
        .execute(&self.writer)
        .await
        .expect("there is none of this number");
    }
}
