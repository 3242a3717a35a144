//! Shares what several exporters of a process need, such as a connection, while any of them uses it.

use crate::forks::Origin;
use crate::recorder::fork;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The values that are in use, by key. They belong to the process that made them, not to its children.
pub(super) struct InUse<K, V>(Mutex<Vec<Entry<K, V>>>);

struct Entry<K, V> {
    origin: Origin,
    key: K,
    value: Weak<V>,
}

impl<K: PartialEq + Send + 'static, V: Send + Sync + 'static> InUse<K, V> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Makes forks wait until no other thread uses the list.
    pub(super) fn keep_over_forks(&'static self) {
        fork::keep(&self.0, fork::unchanged);
    }

    /// Returns the value of this key that is in use in this process, or else the one that `make` creates.
    pub(super) fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let Ok(value) = self.try_get(key, || Ok::<_, Infallible>(make()));
        value
    }

    /// Like [`get`](Self::get), for values whose creation may fail.
    pub(super) fn try_get<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|entry| entry.origin.is_here() && entry.value.strong_count() > 0);
        let known = all.iter().find(|entry| entry.key == key);
        if let Some(value) = known.and_then(|entry| entry.value.upgrade()) {
            return Ok(value);
        }
        let value = Arc::new(make()?);
        all.push(Entry { origin: Origin::here(), key, value: Arc::downgrade(&value) });
        Ok(value)
    }
}
