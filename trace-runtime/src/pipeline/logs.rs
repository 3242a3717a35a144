//! Merges the configuration of logs by the program with that by the environment.

#[cfg(feature = "config-file")]
use super::chosen::Chosen;
use super::memory::QueueMemory;
#[cfg(feature = "clap")]
use crate::config::{LogFormat, default_log_queue as default_queue};
use crate::config::{LogSettings, Output};
use crate::error::InitError;
use crate::export::table::{ExporterSettings, exporter};
use crate::export::{
    EmittedLog, Exporter, ExporterQueue, OtlpSettings, QueueSettings, Queues, RouteExporters,
};
use crate::level::Level;
use crate::logs::{LogLimits, Logs};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::LogProcessor;
use std::sync::Arc;

/// Exporters and processors that do not run yet.
#[derive(Default)]
pub(super) struct LogConfig {
    exporters: Vec<Box<dyn Exporter<EmittedLog>>>,
    otlp: Vec<OtlpSettings>,
    processors: Vec<Box<dyn LogProcessor>>,
    queue: Option<QueueSettings>,
    limits: Option<LogLimits>,
    baggage: Vec<String>,
    level: Option<Level>,
    /// The format in which records are written to stderr, besides what exporters do.
    #[cfg(feature = "clap")]
    printed: Option<LogFormat>,
    is_off: bool,
}

/// The logs that this configuration creates.
pub(super) struct MadeLogs {
    pub(super) logs: Arc<Logs>,
    /// The destinations of log records, for the line at start-up.
    pub(super) destinations: Vec<String>,
    /// Those that the file has chosen, if the program has set none.
    #[cfg(feature = "config-file")]
    chosen: Option<(Vec<Output>, Option<QueueSettings>)>,
}

#[cfg(feature = "config-file")]
impl MadeLogs {
    /// Returns the exporters that the file has chosen. `max_bytes`: what the records may take that wait for one.
    pub(super) fn chosen_by_file(&self, max_bytes: usize) -> Option<Chosen<EmittedLog>> {
        let (outputs, queue) = self.chosen.clone()?;
        Some(Chosen::new(outputs, self.logs.intake.exporters(), queue, max_bytes))
    }
}

impl LogConfig {
    pub(super) fn add_exporter(&mut self, exporter: impl Exporter<EmittedLog>) {
        self.exporters.push(Box::new(exporter));
    }

    pub(super) fn add_otlp(&mut self, settings: OtlpSettings) {
        self.otlp.push(settings);
    }

    pub(super) fn add_processor(&mut self, processor: impl LogProcessor + 'static) {
        self.processors.push(Box::new(processor));
    }

    pub(super) fn set_queue(&mut self, queue: QueueSettings) {
        self.queue = Some(queue);
    }

    pub(super) fn set_limits(&mut self, limits: LogLimits) {
        self.limits = Some(limits);
    }

    pub(super) fn add_baggage(&mut self, keys: impl Iterator<Item = String>) {
        self.baggage.extend(keys);
    }

    pub(super) fn turn_off(&mut self) {
        self.is_off = true;
    }

    pub(super) fn set_level(&mut self, level: Level) {
        self.level = Some(level);
    }

    #[cfg(feature = "clap")]
    pub(super) fn set_printed(&mut self, format: Option<LogFormat>) {
        self.printed = format;
    }

    /// Removes the exporters that the program has set.
    pub(super) fn clear_exporters(&mut self) {
        self.exporters.clear();
        self.otlp.clear();
    }

    /// Removes the processors, which may be exporters too.
    pub(super) fn clear_processors(&mut self) {
        self.processors.clear();
    }

    /// Returns whether anything would get log records.
    pub(super) fn is_wanted(&self, settings: &LogSettings, by_otlp: bool) -> bool {
        let has_own = !self.exporters.is_empty() || !self.otlp.is_empty();
        #[cfg(feature = "clap")]
        let has_own = has_own || self.printed.is_some();
        let has_own = has_own || !self.processors.is_empty();
        #[cfg(feature = "config-file")]
        let has_own = has_own || !settings.processors.is_empty();
        !self.is_off && (has_own || !self.chosen(settings, by_otlp).is_empty())
    }

    /// Returns the exporter that writes records to stderr.
    #[cfg(feature = "clap")]
    fn printer(&self) -> Option<Output> {
        let (name, on_stderr) = match self.printed? {
            LogFormat::Console => ("console", false),
            LogFormat::Json => ("json", true),
        };
        let settings = ExporterSettings { on_stderr, ..ExporterSettings::default() };
        Some(Output { exporter: exporter(name).into(), settings, queue: default_queue() })
    }

    /// Takes the keys of baggage that are copied onto records.
    pub(super) fn take_baggage(&mut self) -> Vec<String> {
        std::mem::take(&mut self.baggage)
    }

    /// Creates the logs of the pipeline; `None` without an exporter or processor. `by_otlp`: spans use OTLP
    /// because the program named no exporter; `routes`: the exporters of tenants. `memory`: what the
    /// records may take that wait for an exporter, unless the program sets that. `may_change`: exporters may be
    /// added later.
    pub(super) fn make(
        mut self,
        settings: &LogSettings,
        (by_otlp, routes): (bool, Option<RouteExporters<EmittedLog>>),
        resource: &Resource,
        memory: QueueMemory,
        may_change: bool,
    ) -> Result<Option<MadeLogs>, InitError> {
        if self.is_off {
            return Ok(None);
        }
        let queue = self.queue.take();
        let queue_of = |other: &QueueSettings| queue.clone().unwrap_or_else(|| other.clone());
        #[cfg(feature = "config-file")]
        for plugin in &settings.processors {
            self.processors.push(plugin.log_processor()?);
        }
        let mut exporters = Vec::new();
        let is_chosen = self.exporters.is_empty() && self.otlp.is_empty();
        let chosen = self.chosen(settings, by_otlp);
        #[cfg(feature = "clap")]
        let printer = self.printer();
        #[cfg(not(feature = "clap"))]
        let printer = None;
        // What prints for people comes last: a reloaded file exchanges the others.
        for output in chosen.iter().chain(&printer) {
            exporters.push((output.exporter.logs(&output.settings)?, queue_of(&output.queue)));
        }
        for otlp in &self.otlp {
            let settings = ExporterSettings { otlp: otlp.clone(), ..ExporterSettings::default() };
            self.exporters.push(exporter("otlp").logs(&settings)?);
        }
        let own = self.exporters.into_iter();
        exporters.extend(own.map(|exporter| (exporter, queue_of(&settings.outputs.queue))));
        let is_needed = is_chosen && may_change;
        if exporters.is_empty() && self.processors.is_empty() && !is_needed {
            return Ok(None);
        }
        for processor in &mut self.processors {
            processor.set_resource(resource);
        }
        let mut destinations: Vec<_> = exporters.iter().map(|(it, _)| it.destination()).collect();
        if !self.processors.is_empty() {
            destinations.push("processors".to_owned());
        }
        let queues = exporters
            .into_iter()
            .map(|(exporter, mut queue)| {
                queue.max_bytes.get_or_insert(memory.rest);
                ExporterQueue::spawn(exporter, &queue, resource)
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(InitError::Thread)?;
        // Log records follow routes only where any are exported.
        let routes = routes.filter(|_| !queues.is_empty());
        let routes = routes.map(|routes| routes.within(memory.each_route));
        let queues = Queues::new(queues, routes, resource).map_err(InitError::Thread)?;
        let limits = self.limits.unwrap_or_else(|| settings.limits.clone());
        let rules = (self.level, settings.loggers.clone());
        let logs = Arc::new(Logs::new(queues, self.processors, limits, rules));
        Ok(Some(MadeLogs {
            logs,
            destinations,
            #[cfg(feature = "config-file")]
            chosen: is_chosen.then_some((chosen, queue)),
        }))
    }

    /// Returns the exporters if the program names none: those of the environment; else OTLP when
    /// an endpoint is named, or when spans use it.
    fn chosen(&self, settings: &LogSettings, by_otlp: bool) -> Vec<Output> {
        if !self.exporters.is_empty() || !self.otlp.is_empty() {
            return Vec::new();
        }
        let outputs = &settings.outputs;
        if let Some(chosen) = &outputs.chosen {
            return chosen.clone();
        }
        if by_otlp || outputs.otlp.endpoint.is_some() {
            return vec![outputs.by_default(exporter("otlp"))];
        }
        Vec::new()
    }
}
