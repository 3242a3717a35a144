//! Installs the pipeline: the steps from a configuration to a running pipeline.

#[cfg(feature = "metrics")]
use super::baggage_labels::BaggageLabelConfig;
use super::builder::TelemetryBuilder;
use super::control::Control;
use super::forks;
use super::in_force::InForce;
use super::memory::MemoryLimit;
#[cfg(feature = "metrics")]
use super::meters::Meters;
#[cfg(feature = "metrics")]
use super::metrics::MadeMetrics;
use super::registry::{self, Slot};
use super::running::Running;
#[cfg(feature = "json")]
use super::snapshots::SnapshotWriter;
use super::startup_line::{self, StartupLine};
use super::telemetry::Telemetry;
use crate::baggage_attributes;
use crate::catalog;
use crate::caught::caught;
#[cfg(feature = "json")]
use crate::collector::Alarm;
use crate::collector::{self, CollectorSettings, InstallError, OpenLimits, SpanSettings};
#[cfg(feature = "metrics")]
use crate::collector::{Outlet, SeriesLimits};
use crate::config::{Env, Settings, resource};
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::export::table::{NamedExporter, exporter};
use crate::export::{Exporter, ExporterQueue, QueueSettings};
use crate::forks::Origin;
use crate::interop;
#[cfg(feature = "logs")]
use crate::logs::{self, Logs};
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::propagation::{self, Composite};
use crate::sampling::{Sampler, TailSampling};
use opentelemetry_sdk::Resource;
use std::io::IsTerminal;
use std::mem;
#[cfg(feature = "json")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex};

impl TelemetryBuilder {
    /// Starts the pipeline.
    ///
    /// # Errors
    /// When a pipeline is already installed, a variable has a value that is not allowed, an exporter
    /// cannot be made, a key of baggage is already a label of metrics, or a thread cannot be started.
    pub fn install(mut self) -> Result<Telemetry, InitError> {
        let mut settings = self.read_environment()?;
        if settings.disabled {
            return Ok(self.disabled(&settings));
        }
        // Before anything is opened or started: a port that the running pipeline listens on would
        // be reported as the error otherwise.
        if !registry::may_install() {
            return Err(InitError::AlreadyInstalled);
        }
        #[cfg(feature = "metrics")]
        self.baggage_labels.check()?;
        let spans = self.make_span_exporters(&settings)?;
        let resource = self.merge_resource(&mut settings);
        let contexts = self.take_contexts(&settings);
        let tap = match registry::find() {
            Slot::StandIn(running) => return Ok(self.lend(running, &settings, contexts)),
            Slot::Free(tap) => tap,
        };
        self.start(settings, spans, tap, &resource, contexts)
    }

    /// Reads the environment, and reports the values that are ignored.
    fn read_environment(&self) -> Result<Settings, InitError> {
        let env = Env::new(&*self.lookup);
        let settings = Settings::read(&env);
        for warning in env.into_warnings() {
            warn(warning);
        }
        settings
    }

    /// Returns telemetry that records nothing, for `OTEL_SDK_DISABLED`. Contexts are still propagated.
    fn disabled(mut self, settings: &Settings) -> Telemetry {
        propagation::install(&self.take_formats(settings));
        #[cfg_attr(not(feature = "prometheus"), allow(unused_mut, reason = "nothing to add"))]
        let mut telemetry = Telemetry::disabled();
        #[cfg(feature = "prometheus")]
        telemetry.show(self.metrics.empty_page(&settings.metrics));
        telemetry
    }

    /// Lends the pipeline that a test has installed to the program under test.
    fn lend(self, running: Arc<Running>, settings: &Settings, contexts: Contexts) -> Telemetry {
        contexts.install();
        #[cfg_attr(not(feature = "prometheus"), allow(unused_mut, reason = "nothing to add"))]
        let mut telemetry = Telemetry::lent(running, self.shutdown_timeout);
        #[cfg(feature = "prometheus")]
        telemetry.show(self.metrics.empty_page(&settings.metrics));
        #[cfg(not(feature = "prometheus"))]
        let _ = settings;
        telemetry
    }

    /// Creates the exporters of spans: those of the program, else those of the environment, else
    /// defaults.
    fn make_span_exporters(&mut self, settings: &Settings) -> Result<SpanExporters, InitError> {
        let mut exporters = mem::take(&mut self.exporters);
        for otlp in &self.otlp {
            exporters.push(exporter("otlp").spans(otlp)?);
        }
        let named = match exporters.is_empty() {
            true => choose_exporters(settings, std::io::stderr().is_terminal()),
            false => Vec::new(),
        };
        for named in &named {
            exporters.push(named.spans(&settings.otlp)?);
        }
        Ok(SpanExporters {
            exporters,
            #[cfg(any(feature = "logs", feature = "metrics"))]
            by_otlp: named.contains(&exporter("otlp")),
        })
    }

    fn merge_resource(&mut self, settings: &mut Settings) -> Resource {
        resource::merge(resource::Sources {
            env_attributes: mem::take(&mut settings.resource_attributes),
            env_service_name: settings.service_name.take(),
            resource: self.resource.take(),
            attributes: mem::take(&mut self.attributes),
            service_name: self.service_name.take(),
        })
    }

    fn take_formats(&mut self, settings: &Settings) -> Composite {
        let formats = match (mem::take(&mut self.propagators), &settings.propagators) {
            (given, _) if !given.is_empty() => Composite::new(given),
            (_, Some(named)) => Composite::of(named),
            (_, None) => Composite::default(),
        };
        formats.without(mem::take(&mut self.private))
    }

    fn take_contexts(&mut self, settings: &Settings) -> Contexts {
        Contexts {
            formats: self.take_formats(settings),
            baggage_attributes: mem::take(&mut self.baggage_attributes),
            tenant_key: self.tail.as_ref().and_then(TailSampling::tenant_key),
            #[cfg(feature = "metrics")]
            baggage_labels: mem::take(&mut self.baggage_labels),
            #[cfg(feature = "logs")]
            baggage_of_logs: self.logs.take_baggage(),
            is_global: self.is_global,
            attaches: self.attaches,
        }
    }

    /// Starts all parts, from the exporters to the collector, and turns recording on.
    fn start(
        mut self,
        settings: Settings,
        spans: SpanExporters,
        tap: Option<Box<dyn Exporter>>,
        resource: &Resource,
        contexts: Contexts,
    ) -> Result<Telemetry, InitError> {
        let is_tapped = tap.is_some();
        let is_silent = is_tapped || !self.has_startup_line || !settings.has_startup_line;
        let traces: Vec<_> =
            spans.exporters.iter().map(|it| startup_line::destination(&**it)).collect();
        let sampling = match &self.sampler {
            Some(sampler) => caught(|| sampler.description()).unwrap_or_default(),
            None => startup_line::sampling(&settings),
        };
        #[cfg(feature = "prometheus")]
        let empty_page = self.metrics.empty_page(&settings.metrics);
        #[cfg(feature = "metrics")]
        let limits = self.metrics.series_limits();
        #[cfg(feature = "metrics")]
        let made = self.make_metrics(&settings, spans.by_otlp, resource)?;
        let memory = self.memory(&settings);
        #[cfg(feature = "logs")]
        let (logs, log_destinations) = mem::take(&mut self.logs)
            .make(&settings.logs, spans.by_otlp, resource, memory.log_queue())?
            .map(|made| (made.logs, made.destinations))
            .unzip();
        let mut queue = self.queue.take().unwrap_or_else(|| settings.queue.clone());
        queue.max_bytes.get_or_insert(memory.span_queue());
        let queues = start_queues(spans.exporters, &queue, tap, resource)?;
        forks::watch();
        #[cfg(feature = "json")]
        let alarm = self.alarm()?;
        let named = settings.sampler.as_ref().map(|named| named.sampler.clone());
        let sampler = self.sampler.take().or(named);
        let in_force = InForce::new(&sampling, sampler.clone(), self.tail.clone());
        let levels = self.levels.take().or_else(|| settings.levels.clone()).unwrap_or_default();
        let requests = mem::take(&mut self.requests);
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
                sampler,
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
            meters: made.as_ref().map(|made| Meters::new(made.provider.clone())),
        });
        running.control.note_state();
        #[cfg(feature = "logs")]
        logs::install(logs.clone());
        contexts.install();
        #[cfg(feature = "json")]
        if let (Some(files), Some(alarm)) = (self.snapshots.take(), alarm) {
            let of = Arc::downgrade(&running);
            let take = move |deadline| of.upgrade()?.recent(deadline);
            match SnapshotWriter::start(files, alarm, take) {
                Ok(writer) => _ = running.snapshots.set(writer),
                Err(error) => warn(format!("no snapshots will be written: {error}")),
            }
        }
        registry::installed(&running, is_tapped);
        #[cfg_attr(
            not(any(feature = "logs", feature = "prometheus")),
            allow(unused_mut, reason = "nothing to add")
        )]
        let mut telemetry = Telemetry::running(running.clone(), self.shutdown_timeout);
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
            logs: log_destinations.unwrap_or_default(),
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
        let made = mem::take(&mut self.metrics).make(&settings.metrics, by_otlp, resource)?;
        if made.is_some() {
            catalog::conflicts::find_conflict(&catalog::catalog())?;
        }
        Ok(made)
    }

    fn memory(&self, settings: &Settings) -> MemoryLimit {
        self.memory.unwrap_or(MemoryLimit::new(settings.memory))
    }

    fn start_collector(
        &mut self,
        settings: Settings,
        sampler: Option<Arc<dyn Sampler>>,
        queues: Arc<[ExporterQueue]>,
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
            spans: SpanSettings {
                limits: self.limits.take().unwrap_or(settings.limits),
                code: self.code.or(settings.code).unwrap_or_default(),
            },
            open: self.open.unwrap_or(OpenLimits::within(open_bytes)),
            tail,
            ring_bytes: self.ring_bytes,
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
        metrics::begin(&made.provider, &made.link, build, made.own);
        // A test that observes the pipeline observes the global meters itself.
        if !is_tapped {
            let provider = made.provider;
            interop::set_global(|| opentelemetry::global::set_meter_provider(provider));
        }
    }
}

/// The exporters of spans.
struct SpanExporters {
    exporters: Vec<Box<dyn Exporter>>,
    /// Whether OTLP is among those that the program did not name itself; metrics and logs then use it too.
    #[cfg(any(feature = "logs", feature = "metrics"))]
    by_otlp: bool,
}

/// Returns the exporters if the program names none: those of the environment; else OTLP when an
/// endpoint is set; else the console where stderr is a terminal; else OTLP.
fn choose_exporters(settings: &Settings, stderr_is_terminal: bool) -> Vec<&'static NamedExporter> {
    if let Some(named) = &settings.exporters {
        return named.clone();
    }
    let has_otlp = cfg!(any(feature = "otlp-http", feature = "otlp-grpc"));
    let has_console = cfg!(feature = "console");
    let for_people = has_console && stderr_is_terminal;
    if settings.otlp.endpoint.is_some() || (has_otlp && !for_people) {
        vec![exporter("otlp")]
    } else if has_console {
        vec![exporter("console")]
    } else {
        Vec::new()
    }
}

/// Starts the thread and the queue of each exporter of spans.
fn start_queues(
    exporters: Vec<Box<dyn Exporter>>,
    queue: &QueueSettings,
    tap: Option<Box<dyn Exporter>>,
    resource: &Resource,
) -> Result<Arc<[ExporterQueue]>, InitError> {
    // A test needs every span, however slowly it reads.
    let unbounded = QueueSettings::default().with_max_queue(usize::MAX);
    exporters
        .into_iter()
        .map(|exporter| (exporter, queue))
        .chain(tap.map(|tap| (tap, &unbounded)))
        .map(|(exporter, queue)| ExporterQueue::spawn(exporter, queue, resource))
        .collect::<Result<_, _>>()
        .map_err(InitError::Thread)
}

#[cfg(feature = "metrics")]
fn outlet(
    made: Option<&MadeMetrics>,
    is_tapped: bool,
    resource: &Resource,
    limits: SeriesLimits,
) -> Outlet {
    let provider = made.map(|made| made.provider.clone());
    Outlet::new(provider, is_tapped, resource::service_name(resource), limits)
}

/// The settings of contexts and baggage once the pipeline runs.
struct Contexts {
    formats: Composite,
    baggage_attributes: Vec<String>,
    /// The attribute that names the tenant of a trace.
    tenant_key: Option<String>,
    #[cfg(feature = "metrics")]
    baggage_labels: BaggageLabelConfig,
    #[cfg(feature = "logs")]
    baggage_of_logs: Vec<String>,
    is_global: bool,
    attaches: bool,
}

impl Contexts {
    fn install(self) {
        propagation::install(&self.formats);
        baggage_attributes::install(self.baggage_attributes);
        baggage_attributes::set_tenant_key(self.tenant_key);
        #[cfg(feature = "metrics")]
        self.baggage_labels.install();
        interop::install(self.is_global, self.attaches);
        #[cfg(feature = "logs")]
        logs::allow_baggage(self.baggage_of_logs);
    }
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

#[cfg(all(test, feature = "console", feature = "otlp-http"))]
mod tests {
    use super::*;
    use crate::export::OtlpSettings;

    #[test]
    fn a_program_that_names_no_exporter_gets_the_fitting_one() {
        let unset = Settings::default();
        assert_eq!(choose_exporters(&unset, true), [exporter("console")]);
        assert_eq!(choose_exporters(&unset, false), [exporter("otlp")]);
        let endpoint = OtlpSettings::default().with_endpoint("http://collector:4318/v1/traces");
        let endpoint = Settings { otlp: endpoint, ..Settings::default() };
        assert_eq!(choose_exporters(&endpoint, true), [exporter("otlp")]);
        let named = Settings { exporters: Some(vec![]), ..endpoint };
        assert_eq!(choose_exporters(&named, true), Vec::<&NamedExporter>::new());
    }
}

#[cfg(all(test, not(feature = "otlp-grpc")))]
mod missing_features {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn what_the_build_leaves_out_is_named() {
        let lookup =
            |name: &str| (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then(|| OsString::from("grpc"));
        let error = TelemetryBuilder::new().with_env(lookup).install().err().unwrap();
        assert_eq!(
            error.to_string(),
            "OTLP over gRPC needs the cargo feature `otlp-grpc` of trace-runtime, which this build \
             leaves out"
        );
    }
}
