//! The state that a pool, its connections and its transactions share.

use crate::database::Description;
use crate::metrics::PoolMetrics;
use opentelemetry::KeyValue;
use sqlx::{Database, Pool};
use std::slice;
use std::sync::Arc;
use trace_runtime::metrics::GlobalInstruments;

/// What is known of a pool.
pub(crate) struct Shared<DB: Database> {
    pub(crate) pool: Pool<DB>,
    pub(crate) description: Description,
    /// The attributes of the measurements of all statements.
    pub(crate) labels: Vec<KeyValue>,
    /// Whether the text of statements is recorded.
    pub(crate) shows_text: bool,
    /// Whether messages of errors are recorded.
    pub(crate) shows_messages: bool,
    /// The attribute that names the pool.
    name: KeyValue,
    /// Shared by all that have the name, so that the connections are counted once.
    metrics: Arc<GlobalInstruments<PoolMetrics<DB>>>,
}

impl<DB: Database> Clone for Shared<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            description: self.description.clone(),
            labels: self.labels.clone(),
            shows_text: self.shows_text,
            shows_messages: self.shows_messages,
            name: self.name.clone(),
            metrics: self.metrics.clone(),
        }
    }
}

impl<DB: Database> Shared<DB> {
    pub(crate) fn new(pool: Pool<DB>) -> Self {
        let description = Description::of(&pool);
        let (name, labels) = (named(description.pool_name()), description.labels());
        Self {
            pool,
            description,
            labels,
            shows_text: true,
            shows_messages: true,
            name,
            metrics: Arc::default(),
        }
    }

    pub(crate) fn set_name(&mut self, name: String) {
        (self.name, self.metrics) = (named(name), Arc::default());
    }

    pub(crate) fn hide_text(&mut self) {
        self.shows_text = false;
    }

    pub(crate) fn hide_messages(&mut self) {
        self.shows_messages = false;
    }

    pub(crate) fn name(&self) -> String {
        self.name.value.as_str().into_owned()
    }

    /// Returns the instruments of the provider that is global now, which also counts the connections.
    pub(crate) fn metrics(&self) -> Arc<PoolMetrics<DB>> {
        self.metrics.get(|provider| PoolMetrics::new(provider, &self.pool, &self.name))
    }

    /// Notes that no connection was free for too long.
    pub(crate) fn note_timeout(&self) {
        self.metrics().timeouts.add(1, slice::from_ref(&self.name));
    }
}

fn named(pool: String) -> KeyValue {
    KeyValue::new("db.client.connection.pool.name", Arc::<str>::from(pool))
}
