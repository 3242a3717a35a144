//! Settings of a layer for servers.

use crate::conventions::redact::Redaction;
use crate::headers::HeaderSettings;
use http::request::Parts;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

type Ask<T> = Option<Arc<dyn Fn(&Parts) -> T + Send + Sync>>;

#[derive(Clone)]
pub(crate) struct ServerSettings {
    pub(crate) filter: Ask<bool>,
    pub(crate) route: Ask<Option<Cow<'static, str>>>,
    pub(crate) client_address: Ask<Option<IpAddr>>,
    pub(crate) trusts_forwarded: bool,
    pub(crate) scheme: &'static str,
    pub(crate) headers: HeaderSettings,
    pub(crate) redaction: Redaction,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            filter: None,
            route: None,
            client_address: None,
            trusts_forwarded: false,
            scheme: "http",
            headers: HeaderSettings::default(),
            redaction: Redaction::default(),
        }
    }
}

impl fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSettings")
            .field("filter", &self.filter.is_some())
            .field("route", &self.route.is_some())
            .field("client_address", &self.client_address.is_some())
            .field("trusts_forwarded", &self.trusts_forwarded)
            .field("scheme", &self.scheme)
            .field("headers", &self.headers)
            .field("redaction", &self.redaction)
            .finish()
    }
}
