//! A cache in two layers: this process's memory, and a table that outlives it.

use crate::database::{self, Database, millis, now};
use moka::future::Cache as Memory;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::time::Duration;
use trace_runtime::{Label, metered, trace};
use tracing::warn;

/// The number of values kept in memory.
const IN_MEMORY: u64 = 10_000;
/// How long they are kept there. A value may be as old as both layers together.
const MEMORY_AGE: Duration = Duration::from_secs(2);
const DATABASE_AGE: Duration = Duration::from_secs(10);

/// The layer in which a value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Label)]
pub(crate) enum Source {
    Memory,
    Database,
    /// The origin: the value was not cached.
    Origin,
}

impl Source {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Database => "database",
            Self::Origin => "origin",
        }
    }
}

/// A value, and the layer in which it was found.
#[derive(Debug)]
pub(crate) struct Cached<V> {
    pub(crate) value: V,
    pub(crate) source: Source,
}

/// A cache of values that serialize to JSON; clones share it.
#[derive(Clone)]
pub(crate) struct Cache<V> {
    memory: Memory<String, V>,
    database: Database,
}

impl<V: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Cache<V> {
    pub(crate) fn new(database: Database) -> Self {
        let memory = Memory::builder().max_capacity(IN_MEMORY).time_to_live(MEMORY_AGE).build();
        Self { memory, database }
    }

    /// Returns the value of a key, calling `load` if it is not cached.
    #[trace(
        "cache.get",
        ret("cache.hit" = ret.source != Source::Origin, "cache.source" = ret.source.as_str()),
        err(ignore)
    )]
    #[metered(name = "cache.get", labels("cache.source" = ret.source))]
    pub(crate) async fn get<E: From<sqlx::Error>>(
        &self,
        key: String,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<Cached<V>, E> {
        if let Some(value) = self.memory.get(&key).await {
            return Ok(Cached { value, source: Source::Memory });
        }
        if let Some(value) = self.kept(&key).await? {
            self.memory.insert(key, value.clone()).await;
            return Ok(Cached { value, source: Source::Database });
        }
        let value = load.await?;
        self.keep(&key, &value).await?;
        self.memory.insert(key, value.clone()).await;
        Ok(Cached { value, source: Source::Origin })
    }

    async fn kept(&self, key: &str) -> database::Result<Option<V>> {
        let Some(json) = self.database.cached(key).await? else { return Ok(None) };
        match serde_json::from_str(&json) {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                // An older version wrote it.
                warn!(error = %error, "a cached value cannot be read");
                Ok(None)
            }
        }
    }

    async fn keep(&self, key: &str, value: &V) -> database::Result<()> {
        match serde_json::to_string(value) {
            Ok(json) => self.database.cache(key, &json, now() + millis(DATABASE_AGE)).await,
            Err(error) => {
                warn!(error = %error, "a value cannot be cached");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace_testkit::{Capture, tree};

    #[trace_testkit::test]
    async fn a_value_is_looked_for_in_memory_then_in_the_database_then_at_its_origin(t: Capture) {
        let database = Database::in_memory().await;
        let load = async || Ok::<_, sqlx::Error>(42);
        let before = Cache::new(database.clone());
        assert_eq!(before.get("answer".to_owned(), load()).await.unwrap().source, Source::Origin);
        assert_eq!(before.get("answer".to_owned(), load()).await.unwrap().source, Source::Memory);
        // Another process, or this one after a restart.
        let after: Cache<i32> = Cache::new(database);
        let found = after.get("answer".to_owned(), load()).await.unwrap();
        assert_eq!((found.source, found.value), (Source::Database, 42));

        t.assert_tree(tree! {
            "cache.get" ["cache.hit" = false, "cache.source" = "origin"] => {
                "SELECT cache_entries" ["db.result.found" = false, ..],
                "INSERT cache_entries" [kind: Client, ..],
            },
            "cache.get" ["cache.hit" = true, "cache.source" = "memory"],
            "cache.get" ["cache.hit" = true, "cache.source" = "database"] => {
                "SELECT cache_entries" ["db.result.found" = true, "db.system.name" = "sqlite", ..],
            },
        });
        t.histogram("cache.get.duration").with("cache.source", "memory").count(1);
    }
}
