//! Makes the exporters of a signal that tenants have.

use super::settings::{Destination, Each, TenantRoutes};
use crate::caught::caught;
use crate::error::InitError;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
#[cfg(feature = "logs")]
use crate::export::otlp::log_exporter;
use crate::export::otlp::span_exporter;
#[cfg(feature = "logs")]
use crate::export::table::exporter;
use crate::export::{Exported, Exporter, FinishedSpans, OtlpSettings, QueueSettings};
use crate::sampling::RouteTable;
use std::sync::Arc;

/// Makes the exporter of a signal from settings of OTLP; `None`: they are not for this signal.
pub(super) type Make<T> = fn(&OtlpSettings) -> Option<Result<Box<dyn Exporter<T>>, InitError>>;

/// The exporter of one tenant; `None`: what the signal has of the tenant stays with the rest.
type Named<T> = (String, Option<Box<dyn Exporter<T>>>);

/// The exporters of a signal that tenants have.
pub(crate) struct RouteExporters<T: Exported = FinishedSpans> {
    pub(crate) table: Arc<RouteTable>,
    pub(super) named: Vec<Named<T>>,
    pub(super) each: Option<Each>,
    pub(super) make: Make<T>,
    pub(super) settings: QueueSettings,
    count: usize,
}

impl RouteExporters {
    /// Makes the exporters of spans.
    pub(crate) fn of_spans(
        table: Arc<RouteTable>,
        routes: TenantRoutes,
        settings: QueueSettings,
    ) -> Result<Self, InitError> {
        let count = routes.count();
        let make: Make<FinishedSpans> = |otlp| Some(span_exporter(otlp));
        let exporter_of = |destination| match destination {
            Destination::Own(exporter) => Ok(exporter),
            Destination::Named(exporter, settings) => exporter.spans(&settings),
            #[cfg(feature = "config-file")]
            Destination::Later(make) => make(),
        };
        let named = routes.named.into_iter();
        let named = named
            .map(|(tenant, destination)| Ok((tenant, Some(exporter_of(destination)?))))
            .collect::<Result<_, _>>()?;
        Ok(Self { table, named, each: routes.each, make, settings, count })
    }

    /// Returns the destinations, for the line at start-up.
    pub(crate) fn destinations(&self) -> Vec<String> {
        let named = self.named.iter().filter_map(|(tenant, exporter)| {
            let exporter = exporter.as_ref()?;
            let destination = caught(|| exporter.destination()).unwrap_or_default();
            Some(format!("{destination} for {tenant}"))
        });
        let each = self.each.as_ref().map(|each| format!("otlp for each by {}", each.header));
        named.chain(each).collect()
    }
}

#[cfg(feature = "logs")]
impl RouteExporters<EmittedLog> {
    /// Makes the exporters of log records: those of tenants that have OTLP.
    pub(crate) fn of_logs(
        table: Arc<RouteTable>,
        routes: &TenantRoutes,
        settings: QueueSettings,
    ) -> Result<Self, InitError> {
        let make: Make<EmittedLog> = |otlp| Some(log_exporter(&otlp.for_logs()?));
        let exporter_of = |destination: &Destination| match destination {
            Destination::Named(it, settings) if *it == exporter("otlp") => {
                make(&settings.otlp).transpose()
            }
            _ => Ok(None),
        };
        let named = routes.named.iter();
        let named = named
            .map(|(tenant, destination)| Ok((tenant.clone(), exporter_of(destination)?)))
            .collect::<Result<_, InitError>>()?;
        Ok(Self { table, named, each: routes.each.clone(), make, settings, count: routes.count() })
    }
}

impl<T: Exported> RouteExporters<T> {
    /// Returns the number of routes that there may be.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Limits the bytes that wait for each exporter, unless that is set.
    pub(crate) fn within(mut self, bytes: usize) -> Self {
        self.settings.max_bytes.get_or_insert(bytes);
        self
    }
}
