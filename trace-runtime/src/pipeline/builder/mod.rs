//! Configures the pipeline. The program's settings take precedence over the environment, and the environment
//! over the defaults.

mod bounds;
mod command_line;
#[cfg(feature = "config-file")]
mod file;
mod levels;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metrics;
mod resource;

#[cfg(feature = "metrics")]
use super::baggage_labels::BaggageLabelConfig;
#[cfg(feature = "config-file")]
use super::in_force::{FileInForce, ReloadSettings};
#[cfg(feature = "logs")]
use super::logs::LogConfig;
#[cfg(feature = "metrics")]
use super::metrics::MetricConfig;
use crate::collector::{OpenLimits, SpanLimits};
#[cfg(feature = "clap")]
use crate::config::Flags;
#[cfg(feature = "config-file")]
use crate::config::file::Source;
#[cfg(feature = "json")]
use crate::export::SnapshotFiles;
use crate::export::{
    CodeAttributes, Exporter, OtlpSettings, QueueSettings, StockExporter, TenantRoutes,
};
use crate::pipeline::memory::MemoryLimit;
#[cfg(feature = "config-file")]
use crate::plugin::Plugins;
use crate::propagation::{PrivateBaggage, Propagator};
use crate::request::RequestRules;
use crate::resource::{Detector, OwnDetector};
use crate::sampling::{Sampler, TailSampling};
use crate::site_rules::SiteRules;
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(in crate::pipeline) type Lookup = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// Configures and installs the pipeline; created by [`Telemetry::builder`](crate::Telemetry::builder).
///
/// Its settings take precedence over the environment, and the environment over the defaults.
/// Exporters given here replace those that the environment names.
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
/// Each of these is bounded, whatever the collector, exporters and callbacks do; data
/// beyond the bound are counted in the [report](crate::Telemetry::report). `cargo xtask bounds` measures
/// them.
///
/// | data | bound | set by |
/// |---|---|---|
/// | unread records | half the memory limit, in all; 4 MiB for each thread that records, and less the more threads there are, down to 64 KiB | [`with_memory_limit`](Self::with_memory_limit), [`with_ring_bytes`](Self::with_ring_bytes) |
/// | open spans | 262,144, and a quarter of the memory limit; 18 MiB more for the parents of those beyond | [`with_memory_limit`](Self::with_memory_limit), [`with_open_span_limits`](Self::with_open_span_limits) |
/// | spans of undecided traces, with tail sampling | an eighth of the memory limit, taken off that of open spans | [`TailSampling::with_bytes`](crate::sampling::TailSampling::with_bytes) |
/// | spans recorded lately, with tail sampling | 16 MiB | [`TailSampling::with_recent_spans`](crate::sampling::TailSampling::with_recent_spans) |
/// | spans, and log records, that wait for an exporter | 32,768, and an eighth of the memory limit, of each | [`with_memory_limit`](Self::with_memory_limit), [`with_span_queue`](Self::with_span_queue) |
/// | spans, and log records, that wait for exporters of tenants | half of that eighth, in all | [`TenantRoutes::with_most`] |
/// | calls and values measured while a ring is full | 10 MiB, merged with similar ones | |
/// | measurements that wait for an instrument, because a callback hangs | 1.5 KiB for each series | |
/// | series | 2,000 and one for all others, for each function and each instrument; about 2 KiB each | [`with_series_limit`](Self::with_series_limit) |
/// | text of labels | 256 bytes each, 4 MiB in all | |
#[must_use = "nothing happens until `install` is called"]
pub struct TelemetryBuilder {
    pub(in crate::pipeline) lookup: Lookup,
    #[cfg(feature = "config-file")]
    pub(in crate::pipeline) source: Option<Source>,
    #[cfg(feature = "config-file")]
    pub(in crate::pipeline) plugins: Plugins,
    #[cfg(feature = "config-file")]
    pub(in crate::pipeline) in_force: Option<FileInForce>,
    #[cfg(feature = "config-file")]
    pub(in crate::pipeline) reload: ReloadSettings,
    pub(in crate::pipeline) service_name: Option<String>,
    pub(in crate::pipeline) resource: Option<Resource>,
    pub(in crate::pipeline) attributes: Vec<KeyValue>,
    pub(in crate::pipeline) detectors: Option<Vec<Detector>>,
    pub(in crate::pipeline) own_detectors: Vec<OwnDetector>,
    pub(in crate::pipeline) exporters: Vec<Box<dyn Exporter>>,
    pub(in crate::pipeline) otlp: Vec<OtlpSettings>,
    pub(in crate::pipeline) routes: Option<TenantRoutes>,
    pub(in crate::pipeline) sampler: Option<Arc<dyn Sampler>>,
    pub(in crate::pipeline) tail: Option<TailSampling>,
    #[cfg(feature = "json")]
    pub(in crate::pipeline) snapshots: Option<SnapshotFiles>,
    pub(in crate::pipeline) propagators: Vec<Box<dyn Propagator>>,
    pub(in crate::pipeline) private: PrivateBaggage,
    pub(in crate::pipeline) baggage_attributes: Vec<String>,
    pub(in crate::pipeline) levels: Option<SiteRules>,
    pub(in crate::pipeline) requests: RequestRules,
    pub(in crate::pipeline) is_global: bool,
    pub(in crate::pipeline) attaches: bool,
    pub(in crate::pipeline) limits: Option<SpanLimits>,
    pub(in crate::pipeline) code: Option<CodeAttributes>,
    pub(in crate::pipeline) open: Option<OpenLimits>,
    pub(in crate::pipeline) memory: Option<MemoryLimit>,
    pub(in crate::pipeline) queue: Option<QueueSettings>,
    #[cfg(feature = "logs")]
    pub(in crate::pipeline) logs: LogConfig,
    #[cfg(feature = "metrics")]
    pub(in crate::pipeline) metrics: MetricConfig,
    #[cfg(feature = "metrics")]
    pub(in crate::pipeline) baggage_labels: BaggageLabelConfig,
    pub(in crate::pipeline) ring_bytes: Option<usize>,
    pub(in crate::pipeline) shutdown_timeout: Option<Duration>,
    pub(in crate::pipeline) connect_timeout: Option<Duration>,
    pub(in crate::pipeline) has_startup_line: bool,
    pub(in crate::pipeline) has_notices: bool,
    /// Whether traces are printed besides what exporters do.
    pub(in crate::pipeline) has_trees: bool,
    /// Whether the program is a command, which people wait for.
    pub(in crate::pipeline) is_command: bool,
    #[cfg(feature = "clap")]
    pub(in crate::pipeline) flags: Option<Flags>,
}

impl TelemetryBuilder {
    pub(crate) fn new() -> Self {
        Self {
            lookup: Arc::new(|name: &str| std::env::var_os(name)),
            #[cfg(feature = "config-file")]
            source: None,
            #[cfg(feature = "config-file")]
            plugins: Plugins::default(),
            #[cfg(feature = "config-file")]
            in_force: None,
            #[cfg(feature = "config-file")]
            reload: ReloadSettings::default(),
            service_name: None,
            resource: None,
            attributes: Vec::new(),
            detectors: None,
            own_detectors: Vec::new(),
            exporters: Vec::new(),
            otlp: Vec::new(),
            routes: None,
            sampler: None,
            tail: None,
            #[cfg(feature = "json")]
            snapshots: None,
            propagators: Vec::new(),
            private: PrivateBaggage::default(),
            baggage_attributes: Vec::new(),
            levels: None,
            requests: RequestRules::default(),
            is_global: true,
            attaches: false,
            limits: None,
            code: None,
            open: None,
            memory: None,
            queue: None,
            #[cfg(feature = "logs")]
            logs: LogConfig::default(),
            #[cfg(feature = "metrics")]
            metrics: MetricConfig::default(),
            #[cfg(feature = "metrics")]
            baggage_labels: BaggageLabelConfig::default(),
            ring_bytes: None,
            shutdown_timeout: None,
            connect_timeout: None,
            has_startup_line: true,
            has_notices: true,
            has_trees: false,
            is_command: false,
            #[cfg(feature = "clap")]
            flags: None,
        }
    }

    /// Adds a stock OpenTelemetry exporter.
    ///
    /// Reports name it by its type; [`StockExporter::new`] sets another name.
    pub fn with_otel_span_exporter(self, exporter: impl SpanExporter + 'static) -> Self {
        let name = type_name(&exporter);
        self.with_exporter(StockExporter::new(name, exporter))
    }

    /// Adds an exporter.
    pub fn with_exporter(mut self, exporter: impl Exporter) -> Self {
        self.exporters.push(Box::new(exporter));
        self
    }

    /// Adds an OTLP exporter with these settings.
    pub fn with_otlp(mut self, settings: OtlpSettings) -> Self {
        self.otlp.push(settings);
        self
    }

    /// Sets the sampler, which decides which traces are recorded; all by default.
    pub fn with_sampler(mut self, sampler: impl Sampler) -> Self {
        self.sampler = Some(Arc::new(sampler));
        self
    }

    /// Exports only the traces that these settings keep, once they have ended; all by default.
    ///
    /// ```
    /// use trace_runtime::sampling::TailSampling;
    ///
    /// // All errors, and one in a hundred other traces.
    /// let builder = trace_runtime::Telemetry::builder().with_tail_sampling(TailSampling::new(0.01));
    /// # drop(builder);
    /// ```
    pub fn with_tail_sampling(mut self, settings: TailSampling) -> Self {
        self.tail = Some(settings);
        self
    }

    /// Writes what was recorded lately into a file when a thread panics, a request fails, or the like. This needs
    /// [tail sampling](Self::with_tail_sampling), which keeps recent spans.
    ///
    /// ```
    /// use trace_runtime::export::SnapshotFiles;
    /// use trace_runtime::sampling::TailSampling;
    ///
    /// let builder = trace_runtime::Telemetry::builder()
    ///     .with_tail_sampling(TailSampling::new(0.01))
    ///     .with_snapshot_files(SnapshotFiles::in_dir("/var/tmp/shop").on_panic().on_failed_root());
    /// # drop(builder);
    /// ```
    #[cfg(feature = "json")]
    pub fn with_snapshot_files(mut self, files: SnapshotFiles) -> Self {
        self.snapshots = Some(files);
        self
    }

    /// Adds a propagation format. Added formats replace those that
    /// the environment names, and the default, W3C Trace Context and W3C Baggage.
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

    /// Keeps baggage of these keys within the process: no format sends it to other services. In a pattern, `*`
    /// stands for any characters and `?` for one.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_private_baggage(["session.*"]);
    /// # drop(builder);
    /// ```
    pub fn with_private_baggage<'k>(mut self, keys: impl IntoIterator<Item = &'k str>) -> Self {
        keys.into_iter().for_each(|key| self.private.keep(key, None));
        self
    }

    /// Keeps baggage of these keys within the process, likewise, for requests that have the entry `key` with such
    /// a value: those of one customer, for example.
    ///
    /// ```
    /// let builder =
    ///     trace_runtime::Telemetry::builder().with_private_baggage_of("tenant", "acme", ["*"]);
    /// # drop(builder);
    /// ```
    pub fn with_private_baggage_of<'k>(
        mut self,
        key: &str,
        value: &str,
        keys: impl IntoIterator<Item = &'k str>,
    ) -> Self {
        keys.into_iter().for_each(|private| self.private.keep(private, Some((key, value))));
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

    /// Leaves OpenTelemetry's global tracer provider as it is: spans started through the API go
    /// wherever the program sends them. By default, they are spans of this pipeline.
    ///
    /// For programs that keep their own `SdkTracerProvider`. Its exporter may be used here as
    /// well ([`with_otel_span_exporter`](Self::with_otel_span_exporter)). The pipeline's spans have those of
    /// the API as parents; the SDK sees the pipeline's spans where they are attached
    /// ([`with_attached_contexts`](Self::with_attached_contexts)). [How to do
    /// it](crate::guide::coming_from_opentelemetry_sdk#the-program-keeps-its-own-provider).
    pub fn without_global_tracer_provider(mut self) -> Self {
        self.is_global = false;
        self
    }

    /// Attaches every span to OpenTelemetry's [`Context`](opentelemetry::Context) while it is
    /// current, for code that reads it there: `Context::current().span()` then returns the span,
    /// which can be described further. `#[trace(attach)]` does so for one function.
    ///
    /// Code that only starts spans, or sends requests with the global propagator, finds the right
    /// parent without it. It costs each call, and each poll of a future, about as much as a span of
    /// OpenTelemetry's SDK: some 300 ns and several allocations, because it takes the slow path.
    pub fn with_attached_contexts(mut self) -> Self {
        self.attaches = true;
        self
    }

    /// Sets the limits of one span.
    pub fn with_span_limits(mut self, limits: SpanLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Sets which spans get the attributes of their place in the source; those that failed by default.
    pub fn with_code_attributes(mut self, code: CodeAttributes) -> Self {
        self.code = Some(code);
        self
    }

    /// Sends the data of tenants to separate receivers; the exporters of the pipeline get the rest.
    pub fn with_tenant_routes(mut self, routes: TenantRoutes) -> Self {
        self.routes = Some(routes);
        self
    }

    /// Sets how many spans wait for each exporter, and how they are batched.
    pub fn with_span_queue(mut self, queue: QueueSettings) -> Self {
        self.queue = Some(queue);
        self
    }

    /// Sets the maximum bytes of each thread's ring; 4 MiB by default. A ring is taken when a thread
    /// records its first span, and reused by other threads when the thread ends.
    pub fn with_ring_bytes(mut self, bytes: usize) -> Self {
        self.ring_bytes = Some(bytes);
        self
    }

    /// Sets how long dropping the guard may take; 5 s by default.
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = Some(timeout);
        self
    }

    /// Leaves out the line on stderr that reports at start-up what was set up and where it goes, as
    /// `TRACE_RUNTIME_STARTUP_LINE=false` does.
    pub fn without_startup_line(mut self) -> Self {
        self.has_startup_line = false;
        self
    }

    /// Does not read environment variables, nor a file that one of them names.
    pub fn without_env(self) -> Self {
        self.with_env(|_| None)
    }

    /// Reads variables through `lookup` instead of the process's environment.
    pub fn with_env(
        mut self,
        lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        self.lookup = Arc::new(lookup);
        self
    }
}

impl fmt::Debug for TelemetryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exporters: Vec<_> = self.exporters.iter().map(|exporter| exporter.name()).collect();
        f.debug_struct("TelemetryBuilder")
            .field("service_name", &self.service_name)
            .field("exporters", &exporters)
            .field("otlp", &self.otlp)
            .field("routes", &self.routes)
            .field("sampler", &self.sampler)
            .field("propagators", &self.propagators)
            .field("baggage_attributes", &self.baggage_attributes)
            .field("limits", &self.limits)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// Returns the last part of the name of a type, without its parameters.
fn type_name<T>(_: &T) -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}
