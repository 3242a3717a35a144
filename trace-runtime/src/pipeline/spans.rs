//! Merges the exporters of spans that the program sets with those that are configured, and starts them.

use super::builder::TelemetryBuilder;
use super::memory::QueueMemory;
use crate::caught::caught;
#[cfg(feature = "config-file")]
use crate::config::Output;
use crate::config::Settings;
use crate::error::InitError;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
use crate::export::table::{ExporterSettings, exporter};
use crate::export::{Exporter, ExporterQueue, QueueSettings, Queues, RouteExporters, TenantRoutes};
use opentelemetry_sdk::Resource;
use std::io::IsTerminal;
use std::mem;
use std::sync::Arc;

impl TelemetryBuilder {
    /// Creates the exporters of spans: those of the program, else those of the environment, else
    /// defaults.
    pub(super) fn make_span_exporters(
        &mut self,
        settings: &mut Settings,
    ) -> Result<SpanExporters, InitError> {
        let mut own = mem::take(&mut self.exporters);
        for otlp in &self.otlp {
            let settings = ExporterSettings { otlp: otlp.clone(), ..ExporterSettings::default() };
            own.push(exporter("otlp").spans(&settings)?);
        }
        let is_chosen = own.is_empty();
        let chosen = match is_chosen {
            true => settings.spans.of_spans(std::io::stderr().is_terminal()),
            false => Vec::new(),
        };
        let queue = self.queue.take();
        let queue_of = |other: &QueueSettings| queue.clone().unwrap_or_else(|| other.clone());
        let routes = self.routes.take().or(settings.routes.take());
        let table = routes.as_ref().map(TenantRoutes::table).transpose()?;
        let routes = table.zip(routes);
        #[cfg(feature = "logs")]
        let log_routes = routes
            .as_ref()
            .map(|(table, routes)| {
                let queue = settings.logs.outputs.queue.clone();
                RouteExporters::of_logs(table.clone(), routes, queue)
            })
            .transpose()?;
        let routes = routes
            .map(|(table, routes)| {
                RouteExporters::of_spans(table, routes, queue_of(&settings.spans.queue))
            })
            .transpose()?;
        let mut exporters: Vec<_> =
            own.into_iter().map(|exporter| (exporter, queue_of(&settings.spans.queue))).collect();
        for output in &chosen {
            exporters.push((output.exporter.spans(&output.settings)?, queue_of(&output.queue)));
        }
        let prints = |exporter: &dyn Exporter| caught(|| exporter.name() == "console");
        if self.has_trees && !exporters.iter().any(|(it, _)| prints(&**it).unwrap_or(false)) {
            let output = settings.spans.by_default(exporter("console"));
            exporters.push((output.exporter.spans(&output.settings)?, output.queue));
        }
        Ok(SpanExporters {
            exporters,
            routes,
            #[cfg(feature = "logs")]
            log_routes,
            #[cfg(any(feature = "logs", feature = "metrics"))]
            by_otlp: chosen.iter().any(|output| output.exporter == exporter("otlp")),
            #[cfg(feature = "config-file")]
            chosen: is_chosen.then_some((chosen, queue)),
        })
    }
}

/// The exporters of spans.
pub(super) struct SpanExporters {
    pub(super) exporters: Vec<(Box<dyn Exporter>, QueueSettings)>,
    /// The exporters of tenants.
    pub(super) routes: Option<RouteExporters>,
    #[cfg(feature = "logs")]
    pub(super) log_routes: Option<RouteExporters<EmittedLog>>,
    /// Those that the file has chosen, if the program has set none.
    #[cfg(feature = "config-file")]
    pub(super) chosen: Option<(Vec<Output>, Option<QueueSettings>)>,
    /// Whether OTLP is among those that the program did not name itself; metrics and logs then use it too.
    #[cfg(any(feature = "logs", feature = "metrics"))]
    pub(super) by_otlp: bool,
}

/// Starts the thread and the queue of each exporter of spans.
pub(super) fn start_queues(
    spans: SpanExporters,
    memory: QueueMemory,
    tap: Option<Box<dyn Exporter>>,
    resource: &Resource,
) -> Result<Arc<Queues>, InitError> {
    let start = || {
        let mut queues = Vec::new();
        for (exporter, mut queue) in spans.exporters {
            queue.max_bytes.get_or_insert(memory.rest);
            queues.push(ExporterQueue::spawn(exporter, &queue, resource)?);
        }
        if let Some(tap) = tap {
            // A test needs every span, however slowly it reads.
            let unbounded = QueueSettings::default().with_max_queue(usize::MAX);
            queues.push(ExporterQueue::spawn(tap, &unbounded, resource)?.ignoring_routes());
        }
        let routes = spans.routes.map(|routes| routes.within(memory.each_route));
        Queues::new(queues, routes, resource)
    };
    start().map(Arc::new).map_err(InitError::Thread)
}
