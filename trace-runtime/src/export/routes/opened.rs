//! Opens the route of a tenant that is seen for the first time.

use super::exporters::{Make, RouteExporters};
use super::settings::Each;
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::escape;
use crate::export::{Exported, Exporter, ExporterQueue, QueueSettings};
use crate::sampling::{MOST_ROUTES, NO_ROUTE, RouteNumber, RouteTable};
use opentelemetry_sdk::Resource;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// The routes of one signal.
pub(super) struct Routes<T: Exported> {
    table: Arc<RouteTable>,
    /// By the number of the route. A reader needs no lock, so none can be held by a fork.
    places: Box<[Place<T>]>,
    /// The highest number that has a queue.
    highest: AtomicUsize,
    each: Option<Each>,
    make: Make<T>,
    settings: QueueSettings,
    resource: Resource,
    /// Whether it was reported that there are more tenants than routes.
    has_told_of_more: AtomicBool,
    /// Whether it was reported that an exporter could not be made.
    has_told_of_failure: AtomicBool,
}

struct Place<T: Exported> {
    /// Unset until it is decided; `None`: what belongs to the tenant stays with the rest.
    queue: OnceLock<Option<Arc<ExporterQueue<T>>>>,
    /// Whether a thread is opening it.
    is_opening: AtomicBool,
}

impl<T: Exported> Routes<T> {
    pub(super) fn new(exporters: RouteExporters<T>, resource: &Resource) -> std::io::Result<Self> {
        let RouteExporters { table, named, each, make, settings, .. } = exporters;
        let place = |_| Place { queue: OnceLock::new(), is_opening: AtomicBool::new(false) };
        let routes = Self {
            table,
            places: (0..=MOST_ROUTES).map(place).collect(),
            highest: AtomicUsize::new(0),
            each,
            make,
            settings,
            resource: resource.clone(),
            has_told_of_more: AtomicBool::new(false),
            has_told_of_failure: AtomicBool::new(false),
        };
        for (tenant, exporter) in named {
            let number = routes.table.number(&tenant);
            let queue = exporter.map(|exporter| routes.start(&tenant, exporter)).transpose()?;
            routes.put(number, queue, 0);
        }
        Ok(routes)
    }

    /// Iterates over the queues, with the numbers of their routes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (RouteNumber, &Arc<ExporterQueue<T>>)> {
        let known = &self.places[..=self.highest.load(Ordering::Acquire)];
        let known = known.iter().enumerate();
        known.filter_map(|(number, it)| Some((number as RouteNumber, it.queue.get()?.as_ref()?)))
    }

    /// Returns the route that items of this route go to: it, or that of the rest; `None` if that is not decided.
    pub(super) fn decided(&self, number: RouteNumber) -> Option<RouteNumber> {
        if number == NO_ROUTE {
            return Some(NO_ROUTE);
        }
        let queue = self.places[usize::from(number)].queue.get()?;
        Some(if queue.is_some() { number } else { NO_ROUTE })
    }

    /// Makes the queue of a route that is not decided, to be [`put`](Self::put) in its place; returns `None` if
    /// another thread does, or the caller is about to.
    #[cold]
    pub(super) fn prepare(&self, number: RouteNumber) -> Option<Option<ExporterQueue<T>>> {
        let place = &self.places[usize::from(number)];
        if place.queue.get().is_some() || place.is_opening.swap(true, Ordering::AcqRel) {
            return None;
        }
        let made = self.queue_for_each(number);
        Some(made.unwrap_or_else(|(tenant, error)| {
            if !self.has_told_of_failure.swap(true, Ordering::Relaxed) {
                let tenant = escape::line(&tenant).cut(64).to_string();
                warn(format!("tenant `{tenant}` gets no separate route: {error}"));
            }
            None
        }))
    }

    /// Decides about a route. `elsewhere`: the number of items that all queues got so far.
    pub(super) fn put(&self, number: RouteNumber, queue: Option<ExporterQueue<T>>, elsewhere: u64) {
        if let Some(queue) = &queue {
            queue.note_elsewhere(elsewhere);
        }
        let _ = self.places[usize::from(number)].queue.set(queue.map(Arc::new));
        self.highest.fetch_max(usize::from(number), Ordering::Release);
    }

    /// Reports once that there are more tenants than routes.
    pub(super) fn tell_of_more(&self) {
        if self.table.is_exhausted() && !self.has_told_of_more.swap(true, Ordering::Relaxed) {
            warn(
                "there are more tenants than routes: what belongs to the others goes where data without a \
                 tenant go; `with_most` allows more",
            );
        }
    }

    /// Starts the exporter of a tenant that has none of its name.
    fn queue_for_each(
        &self,
        number: RouteNumber,
    ) -> Result<Option<ExporterQueue<T>>, (Arc<str>, InitError)> {
        let Some((each, tenant)) = self.each.as_ref().zip(self.table.tenant(number)) else {
            return Ok(None);
        };
        let exporter = (self.make)(&each.settings_of(&tenant)).transpose();
        let queue = exporter.and_then(|exporter| {
            let queue = exporter.map(|exporter| self.start(&tenant, exporter)).transpose();
            queue.map_err(InitError::Thread)
        });
        queue.map_err(|error| (tenant, error))
    }

    fn start(
        &self,
        tenant: &str,
        exporter: Box<dyn Exporter<T>>,
    ) -> std::io::Result<ExporterQueue<T>> {
        let name = format!("{} for {}", exporter.name(), escape::line(tenant));
        ExporterQueue::spawn_as(name, exporter, &self.settings, &self.resource)
    }
}
