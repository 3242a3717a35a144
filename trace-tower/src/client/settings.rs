//! Settings of a layer for clients.

use crate::conventions::redact::Redaction;
use crate::headers::HeaderSettings;
use http::request::Parts;
use std::fmt;
use std::sync::Arc;

/// Settings of all clients.
#[derive(Clone, Debug)]
pub(crate) struct CommonSettings {
    pub(crate) propagates: bool,
    pub(crate) headers: HeaderSettings,
    pub(crate) redaction: Redaction,
}

impl Default for CommonSettings {
    fn default() -> Self {
        Self {
            propagates: true,
            headers: HeaderSettings::default(),
            redaction: Redaction::default(),
        }
    }
}

type Filter = Arc<dyn Fn(&Parts) -> bool + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct ClientSettings {
    pub(crate) filter: Option<Filter>,
    /// The server of requests that do not contain it.
    pub(crate) server: Option<String>,
    pub(crate) common: CommonSettings,
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSettings")
            .field("filter", &self.filter.is_some())
            .field("server", &self.server)
            .field("common", &self.common)
            .finish()
    }
}
