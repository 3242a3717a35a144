//! The state that a pool, its connections and its transactions share.

use crate::database::Description;
use crate::metrics::{self, Connections, Instruments, Provider};
use opentelemetry::KeyValue;
use sqlx::{Database, Pool};
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of a pool.
pub(crate) struct Shared<DB: Database> {
    pub(crate) pool: Pool<DB>,
    pub(crate) description: Description,
    name: String,
    /// Whether the text of statements is recorded.
    pub(crate) shows_text: bool,
    /// The provider that asks for the number of connections.
    observed_by: Mutex<Option<Provider>>,
}

impl<DB: Database> Clone for Shared<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            description: self.description.clone(),
            name: self.name.clone(),
            shows_text: self.shows_text,
            observed_by: Mutex::new(None),
        }
    }
}

impl<DB: Database> Shared<DB> {
    pub(crate) fn new(pool: Pool<DB>) -> Self {
        let description = Description::of(&pool);
        let name = description.pool_name();
        Self { pool, description, name, shows_text: true, observed_by: Mutex::new(None) }
    }

    pub(crate) fn set_name(&mut self, name: String) {
        self.name = name;
    }

    pub(crate) fn hide_text(&mut self) {
        self.shows_text = false;
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the instruments of the provider that is global now, which also observes the pool.
    pub(crate) fn instruments(self: &Arc<Self>) -> Instruments {
        let (provider, instruments) = metrics::instruments();
        let mut observed_by = self.observed_by.lock().unwrap_or_else(PoisonError::into_inner);
        let is_observed = observed_by.as_ref().is_some_and(|it| Arc::ptr_eq(it, &provider));
        let _old = (!is_observed).then(|| observed_by.replace(provider.clone()));
        drop(observed_by);
        if !is_observed {
            let pool = Arc::downgrade(self);
            metrics::observe(&provider, &self.name, move || {
                let pool = &pool.upgrade()?.pool;
                let (all, idle) = (u64::from(pool.size()), pool.num_idle() as u64);
                let most = pool.options().get_max_connections().into();
                Some(Connections { used: all.saturating_sub(idle), idle, most })
            });
        }
        instruments
    }

    /// Notes that no connection was free for too long.
    pub(crate) fn note_timeout(self: &Arc<Self>) {
        let pool = KeyValue::new("db.client.connection.pool.name", self.name.clone());
        self.instruments().timeouts.add(1, &[pool]);
    }
}
