//! The queues of all exporters of a signal: those of routes, and those of the rest.

use super::settings::{Destination, Each, TenantRoutes};
use crate::caught::caught;
use crate::deadline::Ending;
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::escape;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
#[cfg(feature = "logs")]
use crate::export::otlp::log_exporter;
use crate::export::otlp::span_exporter;
use crate::export::queue::{FlushTicket, SetFlush};
#[cfg(feature = "logs")]
use crate::export::table::exporter;
use crate::export::{
    Exported, Exporter, ExporterQueue, ExporterSet, FinishedSpans, Observed, OtlpSettings,
    QueueSettings,
};
use crate::loss::ExporterReport;
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
    rest: ExporterSet<T>,
    routes: Option<Routes<T>>,
}

/// The routes of one signal.
struct Routes<T: Exported> {
    table: Arc<RouteTable>,
    /// By the number of the route. A reader needs no lock, so none can be held by a fork.
    queues: Box<[OnceLock<Arc<ExporterQueue<T>>>]>,
    each: Option<Each>,
    make: Make<T>,
    settings: QueueSettings,
    resource: Resource,
    /// Whether it was reported that there are more tenants than routes.
    has_told: AtomicBool,
}

/// Flushes that were requested.
#[must_use]
pub(crate) struct QueuesFlush<T: Exported> {
    rest: SetFlush<T>,
    routed: Vec<(Arc<ExporterQueue<T>>, FlushTicket)>,
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
            #[cfg(feature = "config-file")]
            Destination::Later(make) => make(),
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
        Ok(Self { rest: ExporterSet::new(rest), routes })
    }

    /// Returns the exporters of what belongs to no route, some of which a reloaded file exchanges.
    #[cfg(any(feature = "config-file", feature = "logs"))]
    pub(crate) fn of_rest(&self) -> &ExporterSet<T> {
        &self.rest
    }

    /// Returns the queues of what belongs to no route that get items.
    pub(crate) fn current(&self) -> Arc<[Arc<ExporterQueue<T>>]> {
        self.rest.current()
    }

    /// Iterates over the queues of routes, with their numbers.
    pub(crate) fn routed(&self) -> impl Iterator<Item = (RouteNumber, &Arc<ExporterQueue<T>>)> {
        let of_routes = self.routes.iter().flat_map(|routes| routes.queues.iter().enumerate());
        of_routes.filter_map(|(number, queue)| Some((number as RouteNumber, queue.get()?)))
    }

    /// Requests flushes of all queues that there are; [`flush`](Self::flush) waits for them.
    pub(crate) fn begin_flush(&self) -> QueuesFlush<T> {
        let rest = self.rest.begin_flush();
        let routed = self.routed().map(|(_, queue)| (queue.clone(), queue.begin_flush()));
        QueuesFlush { rest, routed: routed.collect() }
    }

    /// Waits for flushes; returns `false` if the deadline passes first.
    pub(crate) fn flush(&self, begun: QueuesFlush<T>, deadline: Instant) -> bool {
        let done = self.rest.flush(begun.rest, deadline);
        let routed = begun.routed.into_iter();
        routed.fold(done, |done, (queue, ticket)| queue.flush(ticket, deadline) && done)
    }

    /// Requests the end, which [`shutdown`](Self::shutdown) waits for.
    pub(crate) fn begin_shutdown(&self, ending: Ending) {
        self.rest.begin_shutdown(ending);
        self.routed().for_each(|(_, queue)| queue.begin_shutdown(ending));
    }

    /// Waits until all exporters have ended, or until the deadline.
    pub(crate) fn shutdown(&self, ending: Ending) {
        self.rest.shutdown(ending);
        self.routed().for_each(|(_, queue)| _ = queue.shutdown(ending));
    }

    /// Returns the counts of all items so far. `arrived`: what has reached the exporters.
    pub(crate) fn report(&self, arrived: u64) -> Vec<ExporterReport> {
        let mut reports = self.rest.report(arrived);
        reports.extend(self.routed().map(|(_, queue)| queue.report()));
        reports
    }

    /// Returns the exporters that get items, as their health is judged.
    pub(crate) fn observe(&self) -> Vec<Observed> {
        let mut observed = self.rest.observe();
        observed.extend(self.routed().map(|(_, queue)| queue.observe()));
        observed
    }

    /// Returns the exporters that get items, and the capacity of their queues.
    #[cfg(feature = "metrics")]
    pub(crate) fn capacities(&self) -> Vec<(String, usize)> {
        let mut capacities = self.rest.capacities();
        capacities.extend(self.routed().map(|(_, queue)| queue.capacity()));
        capacities
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
            let queue = Arc::new(routes.start(&tenant, exporter, 0)?);
            let _ = routes.queues[usize::from(number)].set(queue);
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
                let _ = self.queues[usize::from(number)].set(Arc::new(queue));
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
