//! The routes that a program sets.

use crate::error::InitError;
use crate::export::otlp::span_exporter;
use crate::export::table::{ExporterSettings, NamedExporter, exporter};
use crate::export::{Exporter, OtlpSettings};
use crate::sampling::{MOST_ROUTES, RouteTable};
use std::fmt;
use std::sync::Arc;

/// The number of tenants that get routes when they are seen, unless set otherwise.
const MOST: usize = 32;

/// Sends the spans and log records of tenants to their own receivers, or with their own headers.
///
/// No request contains data of two tenants that have routes. Each route has an exporter with its own thread,
/// queue and connection, and at most one request in flight, so a receiver that hangs delays no other tenant. What
/// belongs to none of them goes to the other exporters of the pipeline.
///
/// The tenant of a trace is decided when its first span in this process starts: by an attribute with which that
/// span begins, such as `#[attr("tenant")]`, else by baggage of that key, which counts if it was set in this
/// process, or if its key is [trusted](crate::TelemetryBuilder::with_trusted_baggage). All spans below it in
/// this process follow, on other threads and after it has ended, too, as do log records written under them. An
/// attribute that is set later has no influence. Metrics are not divided.
///
/// ```
/// use trace_runtime::Telemetry;
/// use trace_runtime::export::{NullExporter, OtlpSettings, TenantRoutes};
///
/// let tempo = OtlpSettings::default().with_endpoint("https://tempo.example/v1/traces");
/// let routes = TenantRoutes::by("customer.id")
///     .with_otlp("acme", tempo.clone().with_header("x-api-key", "…"))
///     .with_exporter("umbrella", NullExporter::new())
///     .with_otlp_for_each("X-Scope-OrgID", tempo); // All other customers.
/// let builder = Telemetry::builder().with_tenant_routes(routes);
/// # drop(builder);
/// ```
#[must_use]
pub struct TenantRoutes {
    pub(crate) key: String,
    pub(crate) named: Vec<(String, Destination)>,
    pub(crate) each: Option<Each>,
    pub(crate) most: usize,
}

/// Where a tenant's data go.
pub(crate) enum Destination {
    /// An exporter of the runtime.
    Named(&'static NamedExporter, Box<ExporterSettings>),
    /// The program's own.
    Own(Box<dyn Exporter>),
    /// One that is made when the pipeline starts.
    #[cfg(feature = "config-file")]
    Later(MakeSpans),
}

/// Makes an exporter of spans.
#[cfg(feature = "config-file")]
pub(crate) type MakeSpans = Box<dyn FnOnce() -> Result<Box<dyn Exporter>, InitError> + Send + Sync>;

/// How the data of tenants without a named route are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Each {
    /// The header that names the tenant.
    pub(crate) header: String,
    pub(crate) otlp: OtlpSettings,
}

impl Default for TenantRoutes {
    /// Takes the tenant from the attribute or the baggage entry `tenant`.
    fn default() -> Self {
        Self::by("tenant")
    }
}

impl TenantRoutes {
    /// Takes the tenant from this attribute of local roots, or from the baggage entry of this key.
    pub fn by(key: &str) -> Self {
        Self { key: key.to_owned(), named: Vec::new(), each: None, most: MOST }
    }

    /// Sends the spans of one tenant by OTLP, and the log records, if the pipeline exports any. Over HTTP, these
    /// go to the endpoint with `/v1/logs` instead of `/v1/traces` at its end; if that is not its end, they stay
    /// with those of the rest.
    pub fn with_otlp(self, tenant: &str, settings: OtlpSettings) -> Self {
        self.with_named(
            tenant,
            exporter("otlp"),
            ExporterSettings { otlp: settings, ..Default::default() },
        )
    }

    /// Gives the spans of one tenant to an exporter of the runtime.
    pub(crate) fn with_named(
        self,
        tenant: &str,
        exporter: &'static NamedExporter,
        settings: ExporterSettings,
    ) -> Self {
        self.with(tenant, Destination::Named(exporter, Box::new(settings)))
    }

    /// Gives the spans of one tenant to an exporter that is made when the pipeline starts.
    #[cfg(feature = "config-file")]
    pub(crate) fn with_later(self, tenant: &str, make: MakeSpans) -> Self {
        self.with(tenant, Destination::Later(make))
    }

    /// Gives the spans of one tenant to this exporter. The tenant's log records stay with those of the rest.
    pub fn with_exporter(self, tenant: &str, exporter: impl Exporter) -> Self {
        self.with(tenant, Destination::Own(Box::new(exporter)))
    }

    fn with(mut self, tenant: &str, destination: Destination) -> Self {
        self.named.retain(|(known, _)| known != tenant);
        self.named.push((tenant.to_owned(), destination));
        self
    }

    /// Sends the spans and log records of each other tenant likewise, in separate requests, with a header that
    /// contains the tenant's name. A name that cannot be the value of a header has no route.
    pub fn with_otlp_for_each(mut self, header: &str, settings: OtlpSettings) -> Self {
        self.each = Some(Each { header: header.to_owned(), otlp: settings });
        self
    }

    /// Sets how many tenants may get a route by [`with_otlp_for_each`](Self::with_otlp_for_each): the first that
    /// are seen, 32 by default. Each takes a thread. All others stay with the rest. In a process, 255 tenants may
    /// have routes, with those that are named. They share half of the bytes that may wait for exporters of the
    /// signal, in equal parts: see [`with_memory_limit`](crate::TelemetryBuilder::with_memory_limit).
    pub fn with_most(mut self, tenants: usize) -> Self {
        self.most = tenants;
        self
    }

    /// Returns the number of tenants that get routes when they are seen.
    pub(crate) fn more(&self) -> usize {
        if self.each.is_some() { self.most } else { 0 }
    }

    /// Returns the number of routes that there may be.
    pub(crate) fn count(&self) -> usize {
        self.named.len() + self.more()
    }

    /// Returns the table of its tenants.
    ///
    /// # Errors
    /// When there may be too many, or the settings of an exporter are invalid.
    pub(crate) fn table(&self) -> Result<Arc<RouteTable>, InitError> {
        let refused = |message: String| {
            let name = format!("routes by {}", self.key);
            Err(InitError::Exporter { name, message })
        };
        if self.count() > MOST_ROUTES {
            return refused(format!(
                "there may be {} routes; at most {MOST_ROUTES} are allowed",
                self.count()
            ));
        }
        if self.key.is_empty() {
            return refused("the key of the tenant is empty".to_owned());
        }
        if let Some(each) = &self.each {
            span_exporter(&each.settings_of("tenant"))?;
        }
        let named = self.named.iter().map(|(tenant, _)| &**tenant);
        let table = RouteTable::new(&self.key, named, self.more());
        match self.named.iter().find(|(tenant, _)| table.number(tenant) == 0) {
            Some((tenant, _)) => refused(format!(
                "there is no route left for `{tenant}`; {MOST_ROUTES} tenants have had one in this process"
            )),
            None => Ok(Arc::new(table)),
        }
    }
}

impl Each {
    /// Returns the settings for one tenant.
    pub(crate) fn settings_of(&self, tenant: &str) -> OtlpSettings {
        let mut settings = self.otlp.clone();
        settings.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&self.header));
        settings.with_header(&*self.header, tenant)
    }
}

impl fmt::Debug for TenantRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<_> = self.named.iter().map(|(tenant, _)| tenant).collect();
        f.debug_struct("TenantRoutes")
            .field("key", &self.key)
            .field("named", &named)
            .field("each", &self.each)
            .field("most", &self.most)
            .finish()
    }
}
