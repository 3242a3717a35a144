//! What a program says about its telemetry, merged with what the environment says.

#[cfg(feature = "metrics")]
use super::baggage_labels::BaggageLabelConfig;
use super::env::{ExporterName, Settings};
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
use crate::collector::{self, CollectorSettings, InstallError};
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
use crate::export::OtlpProtocol;
use crate::export::{Exporter, ExporterQueue, OtlpSettings, QueueSettings, StockExporter};
use crate::interop;
#[cfg(feature = "logs")]
use crate::logs::{self, LogLimits};
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusSettings;
#[cfg(feature = "metrics")]
use crate::metrics::{Build, OtlpMetricSettings};
use crate::notice::notice;
use crate::propagation::{self, Composite, Propagator, baggage_attributes};
use crate::sampling::{AlwaysOn, ParentBased, Sampler};
use crate::scope::pipeline::{self, Found};
use crate::telemetry::Telemetry;
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
#[cfg(feature = "logs")]
use opentelemetry_sdk::logs::{LogExporter, LogProcessor};
#[cfg(feature = "metrics")]
use opentelemetry_sdk::metrics::{Instrument, Stream, reader::MetricReader};
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

    /// Adds a stock OpenTelemetry exporter of log records. Exporters given here take the place of
    /// those that the environment names.
    ///
    /// It runs on a thread of its own behind a bounded queue, as exporters of spans do.
    #[cfg(feature = "logs")]
    pub fn with_log_exporter(mut self, exporter: impl LogExporter + 'static) -> Self {
        let name = type_name(&exporter);
        self.logs.add_exporter(StockExporter::new(name, exporter));
        self
    }

    /// Sends logs over OTLP with settings of their own.
    #[cfg(feature = "logs")]
    pub fn with_otlp_logs(mut self, settings: OtlpSettings) -> Self {
        self.logs.add_otlp(settings);
        self
    }

    /// Adds a processor of log records, which is called on the emitting thread, with the ids of the
    /// current span, before the exporters get the record; what it changes they see.
    #[cfg(feature = "logs")]
    pub fn with_log_processor(mut self, processor: impl LogProcessor + 'static) -> Self {
        self.logs.add_processor(processor);
        self
    }

    /// Sets how many log records wait for each exporter, and how they are batched.
    #[cfg(feature = "logs")]
    pub fn with_log_queue(mut self, queue: QueueSettings) -> Self {
        self.logs.set_queue(queue);
        self
    }

    /// Limits what one log record may hold.
    #[cfg(feature = "logs")]
    pub fn with_log_limits(mut self, limits: LogLimits) -> Self {
        self.logs.set_limits(limits);
        self
    }

    /// Copies baggage of these keys onto log records, as attributes of the same names. No other
    /// baggage is recorded, because it comes from outside.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_baggage_log_attributes(["tenant"]);
    /// # drop(builder);
    /// ```
    #[cfg(feature = "logs")]
    pub fn with_baggage_log_attributes(
        mut self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.logs.add_baggage(keys.into_iter().map(Into::into));
        self
    }

    /// Exports no logs, whatever the environment says and other methods add.
    #[cfg(feature = "logs")]
    pub fn without_logs(mut self) -> Self {
        self.logs.turn_off();
        self
    }

    /// Adds a reader of metrics, such as a `PeriodicReader` of `opentelemetry_sdk` with any of its
    /// exporters, which then takes the place of those that the environment names.
    ///
    /// The meter provider that it reads becomes OpenTelemetry's global one: what other code measures
    /// through the API comes out of it too.
    #[cfg(feature = "metrics")]
    pub fn with_metric_reader(mut self, reader: impl MetricReader) -> Self {
        self.metrics.add_reader(reader);
        self
    }

    /// Sends metrics over OTLP with settings of their own.
    #[cfg(feature = "metrics")]
    pub fn with_otlp_metrics(mut self, settings: OtlpMetricSettings) -> Self {
        self.metrics.add_otlp(settings);
        self
    }

    /// Shows metrics to Prometheus.
    ///
    /// An endpoint takes the place of the exporters that the environment names; a page
    /// ([`PrometheusSettings::without_endpoint`]) is there beside them.
    #[cfg(feature = "prometheus")]
    pub fn with_prometheus(mut self, settings: PrometheusSettings) -> Self {
        self.metrics.show(settings);
        self
    }

    /// Changes how instruments are aggregated, named or cut, as
    /// [`MeterProviderBuilder::with_view`](opentelemetry_sdk::metrics::MeterProviderBuilder::with_view)
    /// does.
    #[cfg(feature = "metrics")]
    pub fn with_view(
        mut self,
        view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static,
    ) -> Self {
        self.metrics.add_view(view);
        self
    }

    /// Copies baggage of these keys onto what functions measure (`#[metered]`, `#[business_metric]`),
    /// as labels of the same names. No other baggage is recorded, because it comes from outside.
    ///
    /// Calls have the baggage with which they begin, and values that with which they are recorded; of
    /// what a function itself adds with `#[trace(baggage(…))]`, its own calls know nothing. What is
    /// not in the baggage is no label, a label of the function with the same key stays as it is, and
    /// sampling has no say. Of each key, 100 values are told apart
    /// ([`with_baggage_label_cap`](Self::with_baggage_label_cap)); those that come later are `other`.
    ///
    /// Calls with such baggage take the long way: some 50 ns. All others pay nothing.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_baggage_labels(["tenant"]);
    /// # drop(builder);
    /// ```
    #[cfg(feature = "metrics")]
    pub fn with_baggage_labels(
        mut self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.baggage_labels.add(keys.into_iter().map(Into::into));
        self
    }

    /// Sets how many values of each key of [`with_baggage_labels`](Self::with_baggage_labels) are
    /// told apart; 100 by default. Each is kept for the life of the program, and multiplies the
    /// series of every metric.
    #[cfg(feature = "metrics")]
    pub fn with_baggage_label_cap(mut self, values: usize) -> Self {
        self.baggage_labels.set_cap(values);
        self
    }

    /// Measures nothing, whatever the environment says and other methods add.
    #[cfg(feature = "metrics")]
    pub fn without_metrics(mut self) -> Self {
        self.metrics.turn_off();
        self
    }

    /// Measures only what the program asks for, and neither the process (`process.*`), nor a tokio
    /// runtime (`tokio.*`), nor telemetry itself (`otel.sdk.*`, `trace_runtime.*`).
    #[cfg(feature = "metrics")]
    pub fn without_own_metrics(mut self) -> Self {
        self.metrics.turn_own_off();
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
            return Ok(Telemetry::disabled());
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
                logs::allow_baggage(baggage_of_logs);
                return Ok(Telemetry::lent(running, self.shutdown_timeout));
            }
            Found::Free(tap) => tap.map(|tap| (tap, queue_of_tap())),
        };
        let is_tapped = tap.is_some();
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
        let sampler = self.sampler.or(settings.sampler);
        let running = collector::install(CollectorSettings {
            queues,
            sampler: sampler.unwrap_or_else(|| Arc::new(ParentBased::new(AlwaysOn))),
            limits: self.limits.unwrap_or(settings.limits),
            ring_bytes: self.ring_bytes,
            #[cfg(feature = "logs")]
            logs: logs.clone(),
            #[cfg(feature = "metrics")]
            outlet: Outlet {
                provider: metrics.as_ref().map(|metrics| metrics.provider.clone()),
                is_watched: is_tapped,
                service_name: resource::service_name(&resource),
            },
        })
        .map_err(|error| match error {
            InstallError::AlreadyInstalled => InitError::AlreadyInstalled,
            InstallError::Thread(error) => InitError::Thread(error),
        })?;
        propagation::install(&formats);
        baggage_attributes::install(self.baggage_attributes);
        #[cfg(feature = "metrics")]
        self.baggage_labels.install();
        interop::install(self.is_global, self.attaches);
        #[cfg(feature = "logs")]
        logs::allow_baggage(baggage_of_logs);
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
                opentelemetry::global::set_meter_provider(metrics.provider);
            }
            #[cfg(feature = "prometheus")]
            telemetry.show(metrics.prometheus);
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

/// The exporters of a program that names none itself: those of the environment; else OTLP when an
/// endpoint is named; else the tree for people where someone may be looking; else OTLP.
fn choose_exporters(settings: &Settings, stderr_is_terminal: bool) -> Vec<ExporterName> {
    if let Some(named) = &settings.exporters {
        return named.clone();
    }
    let has_otlp = cfg!(any(feature = "otlp-http", feature = "otlp-grpc"));
    let has_console = cfg!(feature = "console");
    let for_people = has_console && stderr_is_terminal;
    if settings.otlp.endpoint.is_some() || (has_otlp && !for_people) {
        vec![ExporterName::Otlp]
    } else if has_console {
        vec![ExporterName::Console]
    } else {
        Vec::new()
    }
}

/// A test is to miss nothing, however slow it reads.
fn queue_of_tap() -> QueueSettings {
    QueueSettings::default().with_max_queue(usize::MAX)
}

fn named_exporter(name: ExporterName, settings: &Settings) -> Result<Box<dyn Exporter>, InitError> {
    match name {
        ExporterName::Otlp => otlp_exporter(&settings.otlp),
        #[cfg(feature = "console")]
        ExporterName::Console => Ok(Box::new(crate::export::ConsoleExporter::new())),
        #[cfg(feature = "json")]
        ExporterName::Json => Ok(Box::new(crate::export::JsonExporter::stdout())),
        #[cfg(not(feature = "console"))]
        ExporterName::Console => Err(missing("OTEL_TRACES_EXPORTER=console", "console")),
        #[cfg(not(feature = "json"))]
        ExporterName::Json => Err(missing("OTEL_TRACES_EXPORTER=json", "json")),
        ExporterName::None => Ok(Box::new(crate::export::NullExporter::new())),
    }
}

fn otlp_exporter(settings: &OtlpSettings) -> Result<Box<dyn Exporter>, InitError> {
    match settings.protocol {
        #[cfg(feature = "otlp-http")]
        OtlpProtocol::HttpProtobuf => Ok(Box::new(crate::export::OtlpHttpExporter::new(settings)?)),
        #[cfg(feature = "otlp-grpc")]
        OtlpProtocol::Grpc => Ok(Box::new(crate::export::OtlpGrpcExporter::new(settings)?)),
        #[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
        protocol => Err(crate::export::missing_transport(protocol)),
    }
}

#[allow(dead_code, reason = "with all features on, nothing is missing")]
fn missing(wanted: &str, feature: &'static str) -> InitError {
    InitError::MissingFeature { wanted: wanted.to_owned(), feature }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(feature = "console", feature = "otlp-http"))]
    #[test]
    fn a_program_that_names_no_exporter_gets_the_fitting_one() {
        let unset = Settings::default();
        assert_eq!(choose_exporters(&unset, true), [ExporterName::Console]);
        assert_eq!(choose_exporters(&unset, false), [ExporterName::Otlp]);
        let endpoint = OtlpSettings::default().with_endpoint("http://collector:4318/v1/traces");
        let endpoint = Settings { otlp: endpoint, ..Settings::default() };
        assert_eq!(choose_exporters(&endpoint, true), [ExporterName::Otlp]);
        let named = Settings { exporters: Some(vec![]), ..endpoint };
        assert_eq!(choose_exporters(&named, true), []);
    }

    #[cfg(not(feature = "otlp-grpc"))]
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
