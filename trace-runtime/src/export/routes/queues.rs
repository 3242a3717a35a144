//! The queues of all exporters of a signal: those of routes, and those of the rest.

use super::settings::{Destination, Each, TenantRoutes};
use crate::caught::caught;
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::escape;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
#[cfg(feature = "logs")]
use crate::export::otlp::log_exporter;
use crate::export::otlp::span_exporter;
use crate::export::queue::FlushTicket;
#[cfg(feature = "logs")]
use crate::export::table::exporter;
use crate::export::{
    Exported, Exporter, ExporterQueue, FinishedSpans, OtlpSettings, QueueSettings,
};
use crate::sampling::{MOST_ROUTES, NO_ROUTE, RouteNumber, RouteTable};
use opentelemetry_sdk::Resource;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Makes the exporter of a signal from settings of OTLP; `None`: they are not for this signal.
type Make<T> = fn(&OtlpSettings) -> Option<Result<Box<dyn Exporter<T>>, InitError>>;

/// The queues of one signal.
pub(crate) struct Queues<T: Exported = FinishedSpans> {
    /// Those that get what belongs to no route, or everything.
    rest: Box<[ExporterQueue<T>]>,
    routes: Option<Routes<T>>,
}

/// The routes of one signal.
struct Routes<T: Exported> {
    table: Arc<RouteTable>,
    /// By the number of the route. A reader needs no lock, so none can be held by a fork.
    queues: Box<[OnceLock<ExporterQueue<T>>]>,
    each: Option<Each>,
    make: Make<T>,
    settings: QueueSettings,
    resource: Resource,
    /// Whether it was reported that there are more tenants than routes.
    has_told: AtomicBool,
}

/// Flushes that were requested.
#[must_use]
pub(crate) struct QueuesFlush {
    rest: Vec<FlushTicket>,
    routed: Vec<(RouteNumber, FlushTicket)>,
}

/// The exporters of a signal that tenants have.
pub(crate) struct RouteExporters<T: Exported = FinishedSpans> {
    pub(crate) table: Arc<RouteTable>,
    named: Vec<(String, Box<dyn Exporter<T>>)>,
    each: Option<Each>,
    make: Make<T>,
    settings: QueueSettings,
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
        };
        let named = routes.named.into_iter();
        let named = named
            .map(|(tenant, destination)| Ok((tenant, exporter_of(destination)?)))
            .collect::<Result<_, _>>()?;
        Ok(Self { table, named, each: routes.each, make, settings, count })
    }

    /// Returns the destinations, for the line at start-up.
    pub(crate) fn destinations(&self) -> Vec<String> {
        let named = self.named.iter().map(|(tenant, exporter)| {
            let destination = caught(|| exporter.destination()).unwrap_or_default();
            format!("{destination} for {tenant}")
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
        let otlp = routes.named.iter().filter_map(|(tenant, destination)| match destination {
            Destination::Named(it, settings) if *it == exporter("otlp") => {
                Some((tenant.clone(), make(&settings.otlp)?))
            }
            _ => None,
        });
        let named =
            otlp.map(|(tenant, made)| Ok((tenant, made?))).collect::<Result<_, InitError>>()?;
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

impl<T: Exported> Queues<T> {
    /// Returns these queues, with those of routes if there are any.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub(crate) fn new(
        rest: Vec<ExporterQueue<T>>,
        routes: Option<RouteExporters<T>>,
        resource: &Resource,
    ) -> std::io::Result<Self> {
        let routes = routes.map(|routes| Routes::new(routes, resource)).transpose()?;
        Ok(Self { rest: rest.into(), routes })
    }

    /// Iterates over all queues, those of the rest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ExporterQueue<T>> {
        self.rest.iter().chain(self.routed().map(|(_, queue)| queue))
    }

    /// Iterates over the queues of what belongs to no route.
    pub(crate) fn rest(&self) -> impl Iterator<Item = &ExporterQueue<T>> {
        self.rest.iter()
    }

    /// Iterates over the queues of routes, with their numbers.
    pub(crate) fn routed(&self) -> impl Iterator<Item = (RouteNumber, &ExporterQueue<T>)> {
        let of_routes = self.routes.iter().flat_map(|routes| routes.queues.iter().enumerate());
        of_routes.filter_map(|(number, queue)| Some((number as RouteNumber, queue.get()?)))
    }

    /// Requests flushes of all queues that there are; [`flush`](Self::flush) waits for them.
    pub(crate) fn begin_flush(&self) -> QueuesFlush {
        let rest = self.rest().map(ExporterQueue::begin_flush).collect();
        let routed = self.routed().map(|(route, queue)| (route, queue.begin_flush())).collect();
        QueuesFlush { rest, routed }
    }

    /// Waits for flushes; returns `false` if the deadline passes first.
    pub(crate) fn flush(&self, begun: QueuesFlush, deadline: Instant) -> bool {
        let rest = self.rest().zip(begun.rest);
        let routes = self.routes.as_ref();
        let of_route = |route: RouteNumber| routes?.queues[usize::from(route)].get();
        let routed = begun.routed.into_iter();
        let routed = routed.filter_map(|(route, ticket)| Some((of_route(route)?, ticket)));
        rest.chain(routed).fold(true, |done, (queue, ticket)| queue.flush(ticket, deadline) && done)
    }

    /// Returns whether there are routes.
    pub(crate) fn has_routes(&self) -> bool {
        self.routes.is_some()
    }

    /// Returns the route of this number if it has a queue, which it gets where it may have one; else that of the
    /// rest. `elsewhere`: the number of items that all queues got so far.
    pub(crate) fn open(&self, number: RouteNumber, elsewhere: u64) -> RouteNumber {
        match &self.routes {
            Some(routes) => routes.open(number, elsewhere),
            None => NO_ROUTE,
        }
    }
}

impl<T: Exported> Routes<T> {
    fn new(exporters: RouteExporters<T>, resource: &Resource) -> std::io::Result<Self> {
        let RouteExporters { table, named, each, make, settings, .. } = exporters;
        let routes = Self {
            table,
            queues: (0..=MOST_ROUTES).map(|_| OnceLock::new()).collect(),
            each,
            make,
            settings,
            resource: resource.clone(),
            has_told: AtomicBool::new(false),
        };
        for (tenant, exporter) in named {
            let number = routes.table.number(&tenant);
            let _ = routes.queues[usize::from(number)].set(routes.start(&tenant, exporter, 0)?);
        }
        Ok(routes)
    }

    fn start(
        &self,
        tenant: &str,
        exporter: Box<dyn Exporter<T>>,
        elsewhere: u64,
    ) -> std::io::Result<ExporterQueue<T>> {
        let name = format!("{} for {}", exporter.name(), escape::line(tenant));
        let queue = ExporterQueue::spawn_as(name, exporter, &self.settings, &self.resource)?;
        queue.note_elsewhere(elsewhere);
        Ok(queue)
    }

    fn open(&self, number: RouteNumber, elsewhere: u64) -> RouteNumber {
        if self.table.is_exhausted() && !self.has_told.swap(true, Ordering::Relaxed) {
            warn(
                "there are more tenants than routes: what belongs to the others goes where data without a \
                 tenant go; `with_most` allows more",
            );
        }
        if number == NO_ROUTE || self.queues[usize::from(number)].get().is_some() {
            return number;
        }
        match self.open_for_tenant(number, elsewhere) {
            Some(queue) => {
                let _ = self.queues[usize::from(number)].set(queue);
                number
            }
            None => NO_ROUTE,
        }
    }

    /// Starts the exporter of a tenant that is seen for the first time.
    #[cold]
    fn open_for_tenant(&self, number: RouteNumber, elsewhere: u64) -> Option<ExporterQueue<T>> {
        let (each, tenant) = (self.each.as_ref()?, self.table.tenant(number)?);
        let exporter = (self.make)(&each.settings_of(&tenant))?;
        let started = match exporter {
            Ok(exporter) => self.start(&tenant, exporter, elsewhere).map_err(InitError::Thread),
            Err(error) => Err(error),
        };
        let told = |error| {
            if !self.has_told.swap(true, Ordering::Relaxed) {
                let tenant = escape::line(&tenant).cut(64).to_string();
                warn(format!("tenant `{tenant}` gets no separate route: {error}"));
            }
        };
        started.map_err(told).ok()
    }
}
