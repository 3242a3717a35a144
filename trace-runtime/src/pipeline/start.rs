//! Starts all parts of a pipeline: exporters, collector, and what reads and reports.

use super::builder::TelemetryBuilder;
#[cfg(feature = "config-file")]
use super::chosen::{Chosen, FromFileExporters};
use super::contexts::Contexts;
use super::control::Control;
use super::forks;
use super::in_force::{InForce, SetBy};
use super::memory::MemoryLimit;
#[cfg(feature = "metrics")]
use super::meters::{GlobalProvider, Meters};
#[cfg(feature = "metrics")]
use super::metrics::MadeMetrics;
use super::registry;
#[cfg(feature = "config-file")]
use super::reload;
use super::running::Running;
#[cfg(feature = "json")]
use super::snapshots::SnapshotWriter;
use super::spans::{SpanExporters, start_queues};
use super::startup_line::{self, StartupLine};
use super::telemetry::{ShutdownTimes, Telemetry};
use crate::catalog;
use crate::caught::caught;
#[cfg(feature = "json")]
use crate::collector::Alarm;
use crate::collector::{self, CollectorSettings, InstallError, OpenLimits, SpanSettings};
#[cfg(feature = "metrics")]
use crate::collector::{Outlet, SeriesLimits};
use crate::config::{MEMORY, Settings};
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::export::{Exporter, Queues, RouteExporters};
use crate::forks::Origin;
use crate::health::LossWatch;
#[cfg(feature = "metrics")]
use crate::interop;
#[cfg(feature = "logs")]
use crate::logs::{self, Logs};
#[cfg(feature = "metrics")]
use crate::metrics;
#[cfg(feature = "metrics")]
use crate::resource;
use crate::sampling::{Sampler, TailSampling};
use opentelemetry_sdk::Resource;
#[cfg(feature = "json")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The bytes of each thread's ring: 80 ms of 500,000 spans per second, for a collector that waits for a
/// processor. A thread that records little only touches the first 512 KiB.
const RING_BYTES: usize = 4 << 20;
/// The time that dropping the guard may take.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

impl TelemetryBuilder {
    /// Starts all parts, from the exporters to the collector, and turns recording on.
    pub(super) fn start(
        mut self,
        settings: Settings,
        #[cfg_attr(not(feature = "logs"), allow(unused_mut, reason = "nothing is taken"))]
        mut spans: SpanExporters,
        tap: Option<Box<dyn Exporter>>,
        resource: &Resource,
        contexts: Contexts,
    ) -> Result<Telemetry, InitError> {
        let is_tapped = tap.is_some();
        let is_silent = is_tapped || !self.has_startup_line || !settings.has_startup_line;
        let mut traces: Vec<_> =
            spans.exporters.iter().map(|(it, _)| startup_line::destination(&**it)).collect();
        traces.extend(spans.routes.iter().flat_map(RouteExporters::destinations));
        let routes = spans.routes.as_ref().map(|routes| routes.table.clone());
        let route_count = spans.routes.as_ref().map_or(0, RouteExporters::count);
        let sampling = match &self.sampler {
            Some(sampler) => caught(|| sampler.description()).unwrap_or_default(),
            None => startup_line::sampling(&settings),
        };
        #[cfg(feature = "prometheus")]
        let empty_page = self.metrics.empty_page(&settings.metrics);
        #[cfg(feature = "metrics")]
        let limits = self.metrics.series_limits(&settings.metrics);
        #[cfg(all(feature = "config-file", feature = "metrics"))]
        let has_configured_readers = self.metrics.are_configured();
        #[cfg(feature = "metrics")]
        let mut made = self.make_metrics(&settings, spans.by_otlp, resource)?;
        let memory = self.memory(&settings);
        #[cfg(feature = "logs")]
        let log_outputs = (spans.by_otlp, spans.log_routes.take());
        #[cfg(feature = "logs")]
        let log_memory = memory.log_queue(route_count);
        #[cfg(feature = "logs")]
        let made_logs = std::mem::take(&mut self.logs).make(
            &settings.logs,
            log_outputs,
            resource,
            log_memory,
            self.may_change(),
        )?;
        #[cfg(feature = "logs")]
        let logs = made_logs.as_ref().map(|made| made.logs.clone());
        let span_memory = memory.span_queue(route_count);
        #[cfg(feature = "config-file")]
        let chosen = spans.chosen.take();
        let queues = start_queues(spans, span_memory, tap, resource)?;
        #[cfg(feature = "config-file")]
        if let Some(file) = &self.in_force {
            let mut state = file.state();
            #[cfg(feature = "metrics")]
            if let Some(made) = &made {
                state.note_provider(&settings.metrics, made.has_own_readers);
            }
            state.exporters = FromFileExporters {
                spans: chosen.map(|(outputs, queue)| {
                    Chosen::new(outputs, queues.of_rest(), queue, span_memory.rest)
                }),
                #[cfg(feature = "logs")]
                logs: made_logs.as_ref().and_then(|made| made.chosen_by_file(log_memory.rest)),
                #[cfg(feature = "metrics")]
                // Without a reader there is no provider of metrics to which one could be added.
                readers: has_configured_readers.then(|| {
                    made.as_mut().map(|made| std::mem::take(&mut made.chosen)).unwrap_or_default()
                }),
            };
        }
        forks::watch();
        let shutdown_times = self.shutdown_times(&settings);
        let in_force = InForce { routes, ..self.take_sampling(&settings, &sampling) };
        #[cfg(feature = "json")]
        let alarm = self.alarm()?;
        let head = (in_force.composed(), in_force.keeps_all());
        let mut levels = settings.levels.clone().unwrap_or_default();
        if let Some(own) = self.levels.take() {
            (levels.level, levels.modules) = (own.level, own.modules);
        }
        #[cfg(feature = "config-file")]
        let switches = settings.switches.clone();
        let requests = self.take_requests(&settings);
        #[cfg(feature = "metrics")]
        let metric_exporters = made.as_ref().map(|made| made.exporters.clone()).unwrap_or_default();
        #[cfg(not(feature = "metrics"))]
        let metric_exporters = Vec::new();
        let running = Arc::new(Running {
            origin: Origin::here(),
            resource: resource.clone(),
            sampling: Mutex::new(in_force),
            #[cfg(feature = "json")]
            snapshots: OnceLock::new(),
            control: Control::install(levels, requests),
            metric_exporters,
            collector: self.start_collector(
                settings,
                head,
                queues.clone(),
                #[cfg(feature = "json")]
                alarm.clone(),
                #[cfg(feature = "logs")]
                logs.clone(),
                #[cfg(feature = "metrics")]
                outlet(made.as_ref(), is_tapped, resource, limits),
            )?,
            queues,
            #[cfg(feature = "logs")]
            logs: logs.clone(),
            #[cfg(feature = "metrics")]
            meters: made
                .as_mut()
                .map(|made| Meters::new(made.provider.clone(), std::mem::take(&mut made.pushed))),
            losses: LossWatch::default(),
            #[cfg(feature = "config-file")]
            file: self.in_force.take(),
        });
        running.control.note_state();
        #[cfg(feature = "config-file")]
        reload::switch(&running, &switches);
        #[cfg(feature = "config-file")]
        if let Err(error) =
            reload::start(&std::mem::take(&mut self.reload), &running, self.lookup.clone())
        {
            warn(format!("changes of the configuration file have no effect: {error}"));
        }
        #[cfg(feature = "logs")]
        logs::install(logs.clone());
        contexts.install();
        #[cfg(feature = "json")]
        if let Some(alarm) = alarm {
            self.start_snapshots(&running, alarm);
        }
        registry::installed(&running, is_tapped);
        #[cfg_attr(
            not(any(feature = "config-file", feature = "logs", feature = "prometheus")),
            allow(unused_mut, reason = "nothing to add")
        )]
        let mut telemetry = Telemetry::running(running.clone(), shutdown_times);
        #[cfg(feature = "config-file")]
        telemetry.look_up_by(self.lookup.clone());
        #[cfg(feature = "logs")]
        telemetry.log_to(logs);
        #[cfg(feature = "prometheus")]
        telemetry.show(match &made {
            Some(made) => made.prometheus.clone(),
            None => empty_page,
        });
        let line = StartupLine {
            traces,
            #[cfg(feature = "metrics")]
            metrics: made.as_ref().map(|made| made.destinations.clone()).unwrap_or_default(),
            #[cfg(feature = "logs")]
            logs: made_logs.map(|made| made.destinations).unwrap_or_default(),
            service: startup_line::service(resource),
            sampling,
        };
        if !is_silent {
            line.print();
        }
        #[cfg(feature = "metrics")]
        if let Some(made) = made {
            self.connect_metrics(made, &running, is_tapped, resource);
        }
        Ok(telemetry)
    }

    /// Returns what decides about traces: the program's settings, else the configured ones, of which `self.tail`
    /// then holds a copy.
    fn take_sampling(&mut self, settings: &Settings, description: &str) -> InForce {
        let set_by = |is_set| if is_set { SetBy::Builder } else { SetBy::Configuration };
        let (sampler_set_by, tail_set_by) =
            (set_by(self.sampler.is_some()), set_by(self.tail.is_some()));
        self.tail = self.tail.take().or_else(|| settings.tail.clone());
        let named = settings.sampler.as_ref().map(|named| named.sampler.clone());
        let sampler = self.sampler.take().or(named);
        InForce {
            canary: settings.canary.unwrap_or(1.0),
            sampler_set_by,
            tail_set_by,
            ..InForce::new(description, sampler, self.tail.clone())
        }
    }

    #[cfg(feature = "json")]
    fn start_snapshots(&mut self, running: &Arc<Running>, alarm: Arc<Alarm>) {
        let Some(files) = self.snapshots.take() else { return };
        let of = Arc::downgrade(running);
        let take = move |deadline| of.upgrade()?.recent(deadline);
        match SnapshotWriter::start(files, alarm, take) {
            Ok(writer) => _ = running.snapshots.set(writer),
            Err(error) => warn(format!("no snapshots will be written: {error}")),
        }
    }

    /// Returns the alarm at which snapshots are written, if any are wanted.
    #[cfg(feature = "json")]
    fn alarm(&self) -> Result<Option<Arc<Alarm>>, InitError> {
        let Some(files) = &self.snapshots else { return Ok(None) };
        match &self.tail {
            Some(tail) if tail.recent.is_some() => Ok(Some(Arc::new(Alarm::new(files.triggers)))),
            _ => Err(InitError::NoSnapshots),
        }
    }

    #[cfg(feature = "metrics")]
    fn make_metrics(
        &mut self,
        settings: &Settings,
        by_otlp: bool,
        resource: &Resource,
    ) -> Result<Option<MadeMetrics>, InitError> {
        let made = std::mem::take(&mut self.metrics).make(&settings.metrics, by_otlp, resource)?;
        if made.is_some() {
            catalog::conflicts::find_conflict(&catalog::catalog())?;
        }
        Ok(made)
    }

    /// Returns whether a file may add exporters later.
    #[cfg(feature = "logs")]
    fn may_change(&self) -> bool {
        #[cfg(feature = "config-file")]
        {
            self.in_force.is_some()
        }
        #[cfg(not(feature = "config-file"))]
        {
            false
        }
    }

    pub(super) fn shutdown_times(&self, settings: &Settings) -> ShutdownTimes {
        let timeout = self.shutdown_timeout.or(settings.shutdown_timeout);
        ShutdownTimes {
            timeout: timeout.unwrap_or(SHUTDOWN_TIMEOUT),
            connect_timeout: self.connect_timeout,
        }
    }

    fn memory(&self, settings: &Settings) -> MemoryLimit {
        self.memory.unwrap_or_else(|| MemoryLimit::new(settings.memory.unwrap_or(MEMORY)))
    }

    fn start_collector(
        &mut self,
        settings: Settings,
        (sampler, head_keeps_all): (Option<Arc<dyn Sampler>>, bool),
        queues: Arc<Queues>,
        #[cfg(feature = "json")] alarm: Option<Arc<Alarm>>,
        #[cfg(feature = "logs")] logs: Option<Arc<Logs>>,
        #[cfg(feature = "metrics")] outlet: Outlet,
    ) -> Result<collector::Handle, InitError> {
        let memory = self.memory(&settings);
        let tail =
            self.tail.take().map(TailSampling::check).transpose().map_err(InitError::Sampling)?;
        let tail = tail.map(|settings| (settings, memory.undecided_spans()));
        let open_bytes = match &tail {
            Some((_, bytes)) => memory.open_spans() - bytes,
            None => memory.open_spans(),
        };
        if let Some(sampler) = &sampler {
            check_patterns(&**sampler);
        }
        collector::install(CollectorSettings {
            queues,
            #[cfg(feature = "json")]
            alarm,
            sampler,
            head_keeps_all,
            spans: SpanSettings {
                limits: self.limits.take().unwrap_or(settings.limits),
                code: self.code.or(settings.code).unwrap_or_default(),
            },
            open: self.open.or(settings.open).unwrap_or(OpenLimits::within(open_bytes)),
            tail,
            ring_bytes: self.ring_bytes.or(settings.ring_bytes).unwrap_or(RING_BYTES),
            all_rings_bytes: memory.rings(),
            #[cfg(feature = "logs")]
            logs,
            #[cfg(feature = "metrics")]
            outlet,
        })
        .map_err(|error| match error {
            InstallError::AlreadyInstalled => InitError::AlreadyInstalled,
            InstallError::Thread(error) => InitError::Thread(error),
            InstallError::Forked => InitError::Forked,
        })
    }

    /// Connects the readers of metrics to the running pipeline.
    #[cfg(feature = "metrics")]
    fn connect_metrics(
        &self,
        made: MadeMetrics,
        running: &Arc<Running>,
        is_tapped: bool,
        resource: &Resource,
    ) {
        let observed = Arc::downgrade(running);
        made.link.connect(observed);
        let text = |name: &str| (self.lookup)(name)?.into_string().ok();
        let build = metrics::Build::new(resource, |name| text(name).filter(|it| !it.is_empty()));
        metrics::begin(&*made.meters, &made.link, build, made.own);
        // A test that observes the pipeline observes the global meters itself.
        if !is_tapped {
            let provider = GlobalProvider(made.meters);
            interop::set_global(|| opentelemetry::global::set_meter_provider(provider));
        }
    }
}

#[cfg(feature = "metrics")]
fn outlet(
    made: Option<&MadeMetrics>,
    is_tapped: bool,
    resource: &Resource,
    limits: SeriesLimits,
) -> Outlet {
    let provider = made.map(|made| made.meters.clone());
    Outlet::new(provider, is_tapped, resource::service_name(resource), limits)
}

/// Reports patterns of names that match no function, although one has a similar name.
fn check_patterns(sampler: &dyn Sampler) {
    let patterns = caught(|| sampler.name_patterns()).unwrap_or_default();
    if patterns.is_empty() {
        return;
    }
    for (pattern, nearest) in catalog::patterns::without_match(&catalog::catalog(), &patterns) {
        warn(format!(
            "the sampler's pattern `{pattern}` matches no function's spans; the most similar name is \
             `{nearest}`"
        ));
    }
}
