//! What a program says about its telemetry, merged with what the environment says.

mod bounds;
mod exporters;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metrics;

#[cfg(feature = "metrics")]
use super::baggage_labels::BaggageLabelConfig;
#[cfg(any(feature = "logs", feature = "metrics"))]
use super::env::ExporterName;
use super::env::Settings;
use super::error::InitError;
use super::limits::Limits;
#[cfg(feature = "logs")]
use super::logs::LogConfig;
#[cfg(feature = "metrics")]
use super::metrics::MetricConfig;
use super::reader::Env;
use super::resource;
#[cfg(feature = "metrics")]
use crate::collector::Outlet;
use crate::collector::{self, CollectorSettings, InstallError, OpenLimits};
use crate::export::{Exporter, ExporterQueue, OtlpSettings, QueueSettings, StockExporter};
use crate::forks;
use crate::interop;
#[cfg(feature = "metrics")]
use crate::metrics::Build;
use crate::notice::notice;
use crate::propagation::{self, Composite, Propagator, baggage_attributes};
use crate::sampling::{AlwaysOn, ParentBased, Sampler};
use crate::telemetry::Telemetry;
use crate::testing::pipeline::{self, Found};
use exporters::{choose_exporters, named_exporter, otlp_exporter};
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;
use std::ffi::OsString;
use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of each thread's ring: 80 ms of 500,000 spans a second, for a collector that waits for a
/// processor. A thread that records little only ever touches the first 512 KiB.
const RING_BYTES: usize = 4 << 20;
/// How long dropping the guard may take.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

type Lookup = Box<dyn Fn(&str) -> Option<OsString>>;

/// Configures and installs the pipeline; made by [`Telemetry::builder`].
///
/// What is said here comes before the environment, and the environment before the defaults.
/// Exporters given here take the place of those that the environment names.
///
/// ```
/// use trace_runtime::Telemetry;
/// use trace_runtime::export::NullExporter;
///
/// let telemetry = Telemetry::builder()
///     .with_service_name("shop")
///     .with_exporter(NullExporter::new())
///     .install()?;
/// // … the program …
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
///
/// # Memory
///
/// Whatever happens to the collector, to exporters and to callbacks, each of these is bounded; what comes
/// beyond is counted in the [report](Telemetry::report). `cargo xtask bounds` measures them.
///
/// | what | bound | set by |
/// |---|---|---|
/// | records that were not read | 4 MiB for each thread that records | [`with_ring_bytes`](Self::with_ring_bytes) |
/// | spans that are open | 262,144, and 128 MiB; 18 MiB more for the parents of those beyond | [`with_open_span_limits`](Self::with_open_span_limits) |
/// | calls and values that are measured while a ring is full | 10 MiB, merged with those that are alike | |
/// | what waits for an instrument, because a callback hangs | 1.5 KiB for each series | |
/// | series | 2,000 and one for all others, for each function and each instrument; some 2 KiB each | [`with_series_limit`](Self::with_series_limit) |
/// | text of labels | 256 bytes each, 4 MiB in all | |
#[must_use = "nothing happens until `install` is called"]
pub struct Builder {
    lookup: Lookup,
    service_name: Option<String>,
    resource: Option<Resource>,
    attributes: Vec<KeyValue>,
    exporters: Vec<Box<dyn Exporter>>,
    otlp: Vec<OtlpSettings>,
    sampler: Option<Arc<dyn Sampler>>,
    propagators: Vec<Box<dyn Propagator>>,
    baggage_attributes: Vec<String>,
    is_global: bool,
    attaches: bool,
    limits: Option<Limits>,
    open: OpenLimits,
    queue: Option<QueueSettings>,
    #[cfg(feature = "logs")]
    logs: LogConfig,
    #[cfg(feature = "metrics")]
    metrics: MetricConfig,
    #[cfg(feature = "metrics")]
    baggage_labels: BaggageLabelConfig,
    ring_bytes: usize,
    shutdown_timeout: Duration,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            lookup: Box::new(|name| std::env::var_os(name)),
            service_name: None,
            resource: None,
            attributes: Vec::new(),
            exporters: Vec::new(),
            otlp: Vec::new(),
            sampler: None,
            propagators: Vec::new(),
            baggage_attributes: Vec::new(),
            is_global: true,
            attaches: false,
            limits: None,
            open: OpenLimits::default(),
            queue: None,
            #[cfg(feature = "logs")]
            logs: LogConfig::default(),
            #[cfg(feature = "metrics")]
            metrics: MetricConfig::default(),
            #[cfg(feature = "metrics")]
            baggage_labels: BaggageLabelConfig::default(),
            ring_bytes: RING_BYTES,
            shutdown_timeout: SHUTDOWN_TIMEOUT,
        }
    }

    /// Names the service (`service.name`).
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Adds the attributes of a resource to what is detected.
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Adds one attribute to the resource.
    pub fn with_resource_attribute(mut self, attribute: KeyValue) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Adds a stock OpenTelemetry exporter.
    ///
    /// In reports it goes by the name of its type; [`StockExporter::new`] gives it another.
    pub fn with_span_exporter(self, exporter: impl SpanExporter + 'static) -> Self {
        let name = type_name(&exporter);
        self.with_exporter(StockExporter::new(name, exporter))
    }

    /// Adds an exporter.
    pub fn with_exporter(mut self, exporter: impl Exporter) -> Self {
        self.exporters.push(Box::new(exporter));
        self
    }

    /// Adds an OTLP exporter with settings of its own.
    pub fn with_otlp(mut self, settings: OtlpSettings) -> Self {
        self.otlp.push(settings);
        self
    }

    /// Decides which traces are recorded; all of them by default.
    pub fn with_sampler(mut self, sampler: impl Sampler) -> Self {
        self.sampler = Some(Arc::new(sampler));
        self
    }

    /// Adds a format in which contexts travel. Where there is one, it takes the place of those that
    /// the environment names, and of W3C Trace Context and W3C Baggage.
    ///
    /// ```
    /// use trace_runtime::Telemetry;
    /// use trace_runtime::propagation::{B3Propagator, BaggagePropagator};
    ///
    /// let builder = Telemetry::builder()
    ///     .with_propagator(B3Propagator::single())
    ///     .with_propagator(BaggagePropagator);
    /// # drop(builder);
    /// ```
    pub fn with_propagator(mut self, propagator: impl Propagator) -> Self {
        self.propagators.push(Box::new(propagator));
        self
    }

    /// Copies baggage of these keys onto the local roots of traces, as attributes of the same names.
    /// No other baggage is recorded, because it comes from outside.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_baggage_attributes(["tenant"]);
    /// # drop(builder);
    /// ```
    pub fn with_baggage_attributes(
        mut self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.baggage_attributes.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Leaves OpenTelemetry's global tracer provider as it is: what is started through the API goes
    /// where the program has it go. Without this, it is a span of this pipeline.
    ///
    /// For programs that keep an `SdkTracerProvider` of their own. Its exporter may be used here as
    /// well ([`with_span_exporter`](Self::with_span_exporter)). Our spans find those of the API as
    /// their parents; the SDK finds ours where they are attached
    /// ([`with_attached_contexts`](Self::with_attached_contexts)). [How it is
    /// done](crate::coming_from_opentelemetry_sdk#the-program-keeps-its-own-provider).
    pub fn without_global_tracer_provider(mut self) -> Self {
        self.is_global = false;
        self
    }

    /// Attaches every span to OpenTelemetry's [`Context`](opentelemetry::Context) while it is
    /// current, for code that looks there by itself: `Context::current().span()` is the span then,
    /// and says more about it. `#[trace(attach)]` does so for one function.
    ///
    /// Code that only starts spans, or sends requests by the global propagator, finds the right
    /// parent without it. It costs each call, and each poll of a future, about as much as a span of
    /// OpenTelemetry's own does: some 300 ns and several allocations, for it takes the long way.
    pub fn with_attached_contexts(mut self) -> Self {
        self.attaches = true;
        self
    }

    /// Limits what one span may hold.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Sets how many spans wait for each exporter, and how they are batched.
    pub fn with_queue(mut self, queue: QueueSettings) -> Self {
        self.queue = Some(queue);
        self
    }

    /// Sets the bytes of each thread's ring; 4 MiB by default. A ring is taken when a thread
    /// records its first span and is used again by others when the thread ends.
    pub fn with_ring_bytes(mut self, bytes: usize) -> Self {
        self.ring_bytes = bytes;
        self
    }

    /// Sets how long dropping the guard may take; 5 s by default.
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Does not read environment variables.
    pub fn without_env(self) -> Self {
        self.with_env(|_| None)
    }

    /// Reads variables from elsewhere than the process's environment.
    pub fn with_env(mut self, lookup: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        self.lookup = Box::new(lookup);
        self
    }

    /// Starts the pipeline.
    ///
    /// # Errors
    /// When a pipeline is already installed, a variable has a bad value, an exporter cannot be
    /// made, baggage is to be a label that metrics have already, or a thread cannot be started.
    #[cfg_attr(not(feature = "logs"), allow(unused_mut, reason = "nothing to take"))]
    pub fn install(mut self) -> Result<Telemetry, InitError> {
        let env = Env::new(&*self.lookup);
        let read = Settings::read(&env);
        for warning in env.into_warnings() {
            notice(warning);
        }
        let settings = read?;
        let formats = match (self.propagators, &settings.propagators) {
            (given, _) if !given.is_empty() => Composite::new(given),
            (_, Some(named)) => Composite::of(named),
            (_, None) => Composite::default(),
        };
        if settings.disabled {
            propagation::install(&formats);
            #[cfg_attr(not(feature = "prometheus"), allow(unused_mut, reason = "nothing to add"))]
            let mut telemetry = Telemetry::disabled();
            #[cfg(feature = "prometheus")]
            telemetry.show(self.metrics.empty_page(&settings.metrics));
            return Ok(telemetry);
        }
        // Before anything is opened or started: a port that the running pipeline listens on would
        // be reported as the error otherwise.
        if !pipeline::may_install() {
            return Err(InitError::AlreadyInstalled);
        }
        #[cfg(feature = "metrics")]
        self.baggage_labels.check()?;
        let mut exporters = self.exporters;
        for otlp in &self.otlp {
            exporters.push(otlp_exporter(otlp)?);
        }
        let names = match exporters.is_empty() {
            true => choose_exporters(&settings, std::io::stderr().is_terminal()),
            false => Vec::new(),
        };
        for &name in &names {
            exporters.push(named_exporter(name, &settings)?);
        }
        #[cfg(any(feature = "logs", feature = "metrics"))]
        let by_otlp = names.contains(&ExporterName::Otlp);
        let resource = resource::merge(resource::Sources {
            env_attributes: settings.resource_attributes,
            env_service_name: settings.service_name,
            resource: self.resource,
            attributes: self.attributes,
            service_name: self.service_name,
        });
        #[cfg(feature = "logs")]
        let baggage_of_logs = self.logs.take_baggage();
        let tap = match pipeline::find() {
            Found::StandIn(running) => {
                propagation::install(&formats);
                baggage_attributes::install(self.baggage_attributes);
                #[cfg(feature = "metrics")]
                self.baggage_labels.install();
                interop::install(self.is_global, self.attaches);
                #[cfg(feature = "logs")]
                crate::logs::allow_baggage(baggage_of_logs);
                #[cfg_attr(
                    not(feature = "prometheus"),
                    allow(unused_mut, reason = "nothing to add")
                )]
                let mut telemetry = Telemetry::lent(running, self.shutdown_timeout);
                #[cfg(feature = "prometheus")]
                telemetry.show(self.metrics.empty_page(&settings.metrics));
                return Ok(telemetry);
            }
            Found::Free(tap) => tap.map(|tap| (tap, queue_of_tap())),
        };
        let is_tapped = tap.is_some();
        #[cfg(feature = "prometheus")]
        let empty_page = self.metrics.empty_page(&settings.metrics);
        #[cfg(feature = "metrics")]
        let series = self.metrics.series_limits();
        #[cfg(feature = "metrics")]
        let metrics = self.metrics.make(&settings.metrics, by_otlp, &resource)?;
        #[cfg(feature = "metrics")]
        if metrics.is_some() {
            crate::catalog::find_conflict(&crate::catalog::catalog())?;
        }
        #[cfg(feature = "logs")]
        let logs = self.logs.make(&settings.logs, by_otlp, &resource)?;
        let queue = self.queue.unwrap_or(settings.queue);
        let queues = exporters
            .into_iter()
            .map(|exporter| (exporter, queue.clone()))
            .chain(tap)
            .map(|(exporter, queue)| ExporterQueue::spawn(exporter, &queue, &resource))
            .collect::<Result<_, _>>()
            .map_err(InitError::Thread)?;
        forks::watch();
        let sampler = self.sampler.or(settings.sampler);
        let running = collector::install(CollectorSettings {
            queues,
            sampler: sampler.unwrap_or_else(|| Arc::new(ParentBased::new(AlwaysOn))),
            limits: self.limits.unwrap_or(settings.limits),
            open: self.open,
            ring_bytes: self.ring_bytes,
            #[cfg(feature = "logs")]
            logs: logs.clone(),
            #[cfg(feature = "metrics")]
            outlet: Outlet::new(
                metrics.as_ref().map(|metrics| metrics.provider.clone()),
                is_tapped,
                resource::service_name(&resource),
                series,
            ),
        })
        .map_err(|error| match error {
            InstallError::AlreadyInstalled => InitError::AlreadyInstalled,
            InstallError::Thread(error) => InitError::Thread(error),
            InstallError::Forked => InitError::Forked,
        })?;
        propagation::install(&formats);
        baggage_attributes::install(self.baggage_attributes);
        #[cfg(feature = "metrics")]
        self.baggage_labels.install();
        interop::install(self.is_global, self.attaches);
        #[cfg(feature = "logs")]
        crate::logs::allow_baggage(baggage_of_logs);
        let running = Arc::new(running);
        pipeline::installed(&running, is_tapped);
        #[cfg_attr(
            not(any(feature = "logs", feature = "prometheus")),
            allow(unused_mut, reason = "nothing to add")
        )]
        let mut telemetry = Telemetry::running(running.clone(), self.shutdown_timeout);
        #[cfg(feature = "logs")]
        telemetry.log_to(logs);
        #[cfg(feature = "metrics")]
        if let Some(metrics) = metrics {
            metrics.link.connect(&running);
            let text = |name: &str| (self.lookup)(name)?.into_string().ok();
            let build = Build::new(&resource, |name| text(name).filter(|it| !it.is_empty()));
            crate::metrics::begin(&metrics.provider, &metrics.link, build, metrics.own);
            // A test that looks through the pipeline looks through the global meters itself.
            if !is_tapped {
                let provider = metrics.provider;
                interop::set_global(|| crate::metrics::global::set_meter_provider(provider));
            }
            #[cfg(feature = "prometheus")]
            telemetry.show(metrics.prometheus);
        } else {
            #[cfg(feature = "prometheus")]
            telemetry.show(empty_page);
        }
        Ok(telemetry)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exporters: Vec<_> = self.exporters.iter().map(|exporter| exporter.name()).collect();
        f.debug_struct("Builder")
            .field("service_name", &self.service_name)
            .field("exporters", &exporters)
            .field("otlp", &self.otlp)
            .field("sampler", &self.sampler)
            .field("propagators", &self.propagators)
            .field("baggage_attributes", &self.baggage_attributes)
            .field("limits", &self.limits)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// The last part of the name of a type, without its parameters.
fn type_name<T>(_: &T) -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

/// A test is to miss nothing, however slow it reads.
fn queue_of_tap() -> QueueSettings {
    QueueSettings::default().with_max_queue(usize::MAX)
}

#[cfg(all(test, not(feature = "otlp-grpc")))]
mod tests {
    use super::*;

    #[test]
    fn what_the_build_leaves_out_is_named() {
        let lookup =
            |name: &str| (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then(|| OsString::from("grpc"));
        let error = Builder::new().with_env(lookup).install().err().unwrap();
        assert_eq!(
            error.to_string(),
            "OTLP over gRPC needs the cargo feature `otlp-grpc` of trace-runtime, which this build \
             leaves out"
        );
    }
}
