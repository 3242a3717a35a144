//! The guard that a program keeps while its telemetry runs.

#[cfg(feature = "config-file")]
use super::builder::Lookup;
use super::builder::TelemetryBuilder;
use super::levels::LevelHandle;
use super::running::Running;
use super::sampling::SamplingHandle;
use super::switches::SwitchHandle;
use crate::deadline::Ending;
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::export::{Snapshot, SnapshotError};
use crate::interop::TracerProvider;
#[cfg(feature = "logs")]
use crate::logs::{self, Logs};
use crate::loss::{FlushError, LossReport};
#[cfg(feature = "prometheus")]
use crate::metrics::Prometheus;
#[cfg(feature = "logs")]
use opentelemetry_sdk::logs::SdkLoggerProvider;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Installs telemetry as the environment configures it.
///
/// If the environment names neither an exporter nor an endpoint, each trace is printed as a tree
/// if stderr is a terminal; else spans, metrics and logs go to `http://localhost:4318`. The
/// [configuration guide](crate::guide::configuration) lists all variables, their defaults, and which
/// bad values are errors.
///
/// One line on stderr reports what was set up and where it goes, without secrets:
///
/// ```text
/// telemetry: traces → OTLP http://localhost:4318 · metrics → Prometheus http://127.0.0.1:9464/metrics ·
/// logs → console · service checkout 1.2.0 · sampling parentbased_traceidratio 0.1
/// ```
///
/// It is not printed when `OTEL_SDK_DISABLED` is true, under the testkit, or with
/// [`without_startup_line`](TelemetryBuilder::without_startup_line).
///
/// ```no_run
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let _telemetry = trace_runtime::init()?;
///     // … the program …
///     Ok(())
/// } // Dropping the guard sends what is left.
/// ```
///
/// # Errors
/// When telemetry is already installed, or when a variable has a bad value: the error names the
/// variable, the value and what is allowed.
pub fn init() -> Result<Telemetry, InitError> {
    Telemetry::builder().install()
}

/// The running pipeline: keep it until the program ends.
///
/// Dropping it sends the remaining data, within the builder's shutdown timeout, and reports on stderr what
/// was lost, if anything was. It works with or without an async runtime, and on any of its threads:
/// the wait is bounded, and nothing that it waits for runs on the caller's thread.
///
/// # Forks
///
/// A child process that the program forks, as daemons and pre-forking servers do, has only the thread
/// that forked. Telemetry is off there, and the inherited guard does nothing: records from before the
/// fork belong to the parent, and only the parent sends them. To record, the child calls
/// [`init`] or [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) itself; its counts begin at
/// zero. Spans that were open during the fork are parents of the child's spans, but their ends and the
/// measurements of their calls belong to the parent process.
///
/// A fork waits until no other thread holds a lock of telemetry, some milliseconds at most;
/// if one cannot be acquired, because its owner hangs, the child cannot install
/// ([`InitError::Forked`](crate::InitError::Forked)). Other locks are not held: those of OpenTelemetry's
/// globals, of its meter provider, of stderr, and the one that the standard library takes while a thread
/// begins or ends. A child that was forked while another thread held the last one can never start a thread,
/// and so no pipeline, with any library; shutting down the inherited guard still returns at once. A child
/// whose parent has other threads should exec, and a server should fork before it starts threads. Forks that
/// bypass the C library (`vfork`, `clone`) are not detected.
#[must_use = "dropping the guard ends telemetry; bind it, as in `let _telemetry = …`"]
pub struct Telemetry {
    /// `None` when `OTEL_SDK_DISABLED` is true.
    running: Option<Arc<Running>>,
    /// Another owner ends the pipeline.
    lent: bool,
    shutdown_times: ShutdownTimes,
    /// The variables to which a file refers.
    #[cfg(feature = "config-file")]
    lookup: Option<Lookup>,
    /// The final report, once the pipeline has ended.
    last: Mutex<Option<LossReport>>,
    #[cfg(feature = "logs")]
    loggers: Option<SdkLoggerProvider>,
    #[cfg(feature = "prometheus")]
    prometheus: Option<Prometheus>,
}

/// The time that the end may take.
#[derive(Clone, Copy, Default)]
pub(crate) struct ShutdownTimes {
    pub(super) timeout: Duration,
    /// The time after which exporters without a connection are not waited for; `None`: the same.
    pub(super) connect_timeout: Option<Duration>,
}

impl Telemetry {
    /// Returns a builder, which configures the pipeline.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::new()
    }

    /// Returns a builder that takes the configuration from this file
    /// ([`with_config_file`](TelemetryBuilder::with_config_file)).
    ///
    /// ```no_run
    /// let telemetry = trace_runtime::Telemetry::from_file("/etc/shop/otel.yaml").install()?;
    /// # drop(telemetry);
    /// # Ok::<(), trace_runtime::InitError>(())
    /// ```
    #[cfg(feature = "config-file")]
    pub fn from_file(path: impl Into<std::path::PathBuf>) -> TelemetryBuilder {
        Self::builder().with_config_file(path)
    }

    /// Returns a builder that takes the configuration from a part of the program's own configuration
    /// ([`with_config_section`](TelemetryBuilder::with_config_section)).
    #[cfg(feature = "config-file")]
    pub fn from_section(section: crate::config_file::Section) -> TelemetryBuilder {
        Self::builder().with_config_section(section)
    }

    pub(crate) fn disabled() -> Self {
        Self::new(None, false, ShutdownTimes::default())
    }

    pub(crate) fn running(running: Arc<Running>, shutdown_times: ShutdownTimes) -> Self {
        Self::new(Some(running), false, shutdown_times)
    }

    /// Returns a guard for a pipeline that a test installed before the program did.
    pub(crate) fn lent(running: Arc<Running>, shutdown_times: ShutdownTimes) -> Self {
        Self::new(Some(running), true, shutdown_times)
    }

    fn new(running: Option<Arc<Running>>, lent: bool, shutdown_times: ShutdownTimes) -> Self {
        Self {
            running,
            lent,
            shutdown_times,
            #[cfg(feature = "config-file")]
            lookup: None,
            last: Mutex::default(),
            #[cfg(feature = "logs")]
            loggers: None,
            #[cfg(feature = "prometheus")]
            prometheus: None,
        }
    }

    /// Returns the pipeline; `None` where telemetry is turned off.
    pub(super) fn pipeline(&self) -> Option<&Arc<Running>> {
        self.running.as_ref()
    }

    /// Returns a handle that changes sampling while the program runs, and explains it.
    pub fn sampling(&self) -> SamplingHandle {
        SamplingHandle::new(self.running.as_ref())
    }

    /// Returns a handle that changes levels while the program runs.
    pub fn levels(&self) -> LevelHandle {
        LevelHandle::new(self.running.as_ref())
    }

    /// Returns a handle that switches telemetry off and on while the program runs.
    pub fn switches(&self) -> SwitchHandle {
        SwitchHandle::new(self.running.as_ref(), self.lent)
    }

    /// Returns what was recorded lately, whether it was kept or dropped, and the spans that are open:
    /// the last 30 s or 16 MiB, whichever is less. Only what was dropped by
    /// [tail sampling](crate::TelemetryBuilder::with_tail_sampling) would be gone otherwise, so without it
    /// nothing is kept.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # fn of(telemetry: &trace_runtime::Telemetry) -> Result<(), Box<dyn std::error::Error>> {
    /// let snapshot = telemetry.snapshot(Duration::from_secs(1))?;
    /// println!("{} spans", snapshot.len());
    /// # #[cfg(feature = "json")]
    /// snapshot.save("telemetry.jsonl")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When nothing is kept, or when the collector does not answer in time.
    pub fn snapshot(&self, timeout: Duration) -> Result<Snapshot, SnapshotError> {
        let running = self.running.as_ref().filter(|running| running.keeps_recent());
        let running = running.filter(|running| !running.has_stopped()).ok_or(SnapshotError::Off)?;
        running.recent(Instant::now() + timeout).ok_or(SnapshotError::TimedOut(timeout))
    }

    #[cfg(feature = "config-file")]
    pub(super) fn look_up_by(&mut self, lookup: Lookup) {
        self.lookup = Some(lookup);
    }

    #[cfg(feature = "config-file")]
    pub(super) fn lookup(&self) -> Lookup {
        self.lookup.clone().unwrap_or_else(|| Arc::new(|_: &str| None))
    }

    #[cfg(feature = "logs")]
    pub(crate) fn log_to(&mut self, logs: Option<Arc<Logs>>) {
        self.loggers = Some(logs::provider_of(logs));
    }

    /// Returns the logger provider of this pipeline, for the bridges of `log` and `tracing` and for code that
    /// uses OpenTelemetry's API: its records get the ids of the current span.
    ///
    /// [`logs::logger_provider`](crate::logs::logger_provider) is that of the whole process, for
    /// code that has no access to this one.
    ///
    /// ```
    /// use opentelemetry::logs::LoggerProvider as _;
    /// # use trace_runtime::{Telemetry, export::NullExporter};
    ///
    /// let telemetry = Telemetry::builder()
    /// #   .with_exporter(NullExporter::new())
    ///     .install()?;
    /// let logger = telemetry.logger_provider().logger("shop");
    /// # Ok::<(), trace_runtime::InitError>(())
    /// ```
    #[cfg(feature = "logs")]
    pub fn logger_provider(&self) -> SdkLoggerProvider {
        self.loggers.clone().unwrap_or_else(|| logs::provider_of(None))
    }

    #[cfg(feature = "prometheus")]
    pub(crate) fn show(&mut self, prometheus: Option<Prometheus>) {
        self.prometheus = prometheus;
    }

    /// Returns the metrics for Prometheus; `None` if neither
    /// [`TelemetryBuilder::with_prometheus`] nor the environment enables them. The page is empty, and no port
    /// is opened for it, if telemetry or metrics are turned off, or if a test has installed the
    /// pipeline.
    #[cfg(feature = "prometheus")]
    pub fn prometheus(&self) -> Option<&Prometheus> {
        self.prometheus.as_ref()
    }

    /// Returns the pipeline as a tracer provider of OpenTelemetry's API, for code that takes one as an
    /// argument.
    pub fn tracer_provider(&self) -> TracerProvider {
        TracerProvider::default()
    }

    /// Returns whether `OTEL_SDK_DISABLED` turned telemetry off.
    pub fn is_disabled(&self) -> bool {
        self.running.is_none()
    }

    /// Returns the counts of all spans and log records so far.
    pub fn report(&self) -> LossReport {
        if self.is_inherited() {
            return LossReport::default();
        }
        if let Some(last) = &*self.last() {
            return last.clone();
        }
        self.running.as_ref().map(|running| running.report()).unwrap_or_default()
    }

    /// Sends every span that has ended and every log record, and waits until that is done, but no
    /// longer than `timeout`.
    ///
    /// # Errors
    /// When the timeout expires first, and at once when a receiver has requested a pause, which a flush
    /// does not wait for: the remaining data then stay in the queue.
    pub fn force_flush(&self, timeout: Duration) -> Result<LossReport, FlushError> {
        if self.is_inherited() {
            return Ok(LossReport::default());
        }
        let deadline = deadline(timeout);
        let is_over = self.last().is_some();
        let Some(running) = self.running.as_ref().filter(|_| !is_over) else {
            return Ok(self.report());
        };
        if running.flush(deadline) {
            Ok(running.report())
        } else {
            Err(FlushError::new(timeout, running.report_of_missed()))
        }
    }

    /// Sends every span that has ended and every log record, ends the pipeline and reports what was
    /// lost, within `timeout`. Data that have not been sent by then are counted as lost. If the
    /// collector has not read everything by then, the report contains the number of unread bytes
    /// ([`LossReport::incomplete`]). Later calls return the same report.
    pub fn shutdown(&self, timeout: Duration) -> LossReport {
        if self.is_inherited() {
            return LossReport::default();
        }
        let deadline = deadline(timeout);
        let mut last = self.last();
        if let Some(last) = &*last {
            return last.clone();
        }
        let report = self.running.as_ref().map(|running| {
            if self.lent {
                let is_done = running.flush(deadline);
                return if is_done { running.report() } else { running.report_of_missed() };
            }
            let connect_timeout = self.shutdown_times.connect_timeout.unwrap_or(timeout);
            let connected_by = self::deadline(connect_timeout).min(deadline);
            running.shutdown(Ending { by: deadline, connected_by })
        });
        last.insert(report.unwrap_or_default()).clone()
    }

    /// Returns whether this is the guard of a parent process: the pipeline has no threads here.
    fn is_inherited(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.is_inherited())
    }

    /// Releases what the child cannot use safely: locks that a thread of the parent may have held, threads
    /// that do not exist here.
    fn forget(&mut self) {
        mem::forget(self.running.take());
        mem::forget(mem::take(&mut self.last));
        #[cfg(feature = "logs")]
        mem::forget(self.loggers.take());
        #[cfg(feature = "prometheus")]
        mem::forget(self.prometheus.take());
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<LossReport>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if self.is_inherited() {
            return self.forget();
        }
        if self.running.is_none() || self.last().is_some() {
            return;
        }
        let report = self.shutdown(self.shutdown_times.timeout);
        if !report.is_lossless() && !self.lent {
            warn(report);
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("is_disabled", &self.is_disabled())
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}

fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    // `Duration::MAX` and the like mean no deadline.
    now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(365 * 24 * 3_600))
}
