//! Keeps the queues of all exporters of a signal: those of routes, and those of the rest.

use super::exporters::RouteExporters;
use super::opened::Routes;
use crate::deadline::Ending;
use crate::export::queue::{Arrived, FlushTicket, SetFlush};
use crate::export::{Exported, ExporterQueue, ExporterSet, FinishedSpans, Observed};
use crate::loss::ExporterReport;
use crate::sampling::{NO_ROUTE, RouteNumber};
use opentelemetry_sdk::Resource;
use std::sync::Arc;
use std::time::Instant;

/// The queues of one signal.
pub(crate) struct Queues<T: Exported = FinishedSpans> {
    /// Those that get what belongs to no route, or everything.
    rest: ExporterSet<T>,
    routes: Option<Routes<T>>,
}

/// Flushes that were requested.
#[must_use]
pub(crate) struct QueuesFlush<T: Exported> {
    rest: SetFlush<T>,
    routed: Vec<(Arc<ExporterQueue<T>>, FlushTicket)>,
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
        self.routes.iter().flat_map(Routes::iter)
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
    pub(crate) fn report(&self, arrived: Arrived) -> Vec<ExporterReport> {
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

    /// Returns the route that items of this route go to: it, or that of the rest; `None` if that is not decided.
    pub(crate) fn decided(&self, number: RouteNumber) -> Option<RouteNumber> {
        self.routes.as_ref().map_or(Some(NO_ROUTE), |routes| routes.decided(number))
    }

    /// Makes the queue of a route that is not decided, to be [`put`](Self::put) in its place; returns `None` if
    /// another thread does, or the caller is about to. It may take as long as reading files does.
    pub(crate) fn prepare(&self, number: RouteNumber) -> Option<Option<ExporterQueue<T>>> {
        self.routes.as_ref()?.prepare(number)
    }

    /// Decides about a route. `elsewhere`: the number of items that all queues got so far.
    pub(crate) fn put(&self, number: RouteNumber, queue: Option<ExporterQueue<T>>, elsewhere: u64) {
        if let Some(routes) = &self.routes {
            routes.put(number, queue, elsewhere);
        }
    }

    /// Reports once that there are more tenants than routes.
    pub(crate) fn tell_of_more(&self) {
        if let Some(routes) = &self.routes {
            routes.tell_of_more();
        }
    }
}
