//! Records the accesses to a cache: keys, hits, the time to live.

use std::future::Future;
use std::time::Duration;
use trace_runtime::{metered, trace};

/// A cache of values under text keys.
pub(crate) trait Cache: Send + Sync {
    /// The values.
    type Value: Clone + Send;

    /// The time that a value stays.
    fn time_to_live(&self) -> Duration;

    /// Returns a value, if it is in the cache.
    fn get(&self, key: &str) -> impl Future<Output = Option<Self::Value>> + Send;

    /// Keeps a value.
    fn insert(&self, key: String, value: Self::Value) -> impl Future<Output = ()> + Send;
}

/// A cache whose accesses are recorded.
#[derive(Clone, Debug)]
pub(crate) struct Observed<C>(C);

impl<C: Cache> Observed<C> {
    /// Records the accesses to a cache.
    pub(crate) fn new(cache: C) -> Self {
        Self(cache)
    }

    /// Returns a value, calling `load` if it is not in the cache.
    pub(crate) async fn get_or_load<E>(
        &self,
        key: String,
        load: impl Future<Output = Result<C::Value, E>>,
    ) -> Result<C::Value, E> {
        if let Some(value) = self.get(&key).await {
            return Ok(value);
        }
        let value = load.await?;
        self.insert(key, value.clone()).await;
        Ok(value)
    }
}

impl<C: Cache> Cache for Observed<C> {
    type Value = C::Value;

    fn time_to_live(&self) -> Duration {
        self.0.time_to_live()
    }

    #[trace("cache.get", attrs("cache.key" = key), ret("cache.hit" = ret.is_some()))]
    #[metered(name = "cache.get", labels("cache.hit" = ret.is_some()))]
    async fn get(&self, key: &str) -> Option<C::Value> {
        self.0.get(key).await
    }

    #[trace(
        "cache.set",
        attrs("cache.key" = key.as_str(), "cache.ttl" = self.0.time_to_live().as_secs_f64())
    )]
    #[metered(name = "cache.set")]
    async fn insert(&self, key: String, value: C::Value) {
        self.0.insert(key, value).await;
    }
}
