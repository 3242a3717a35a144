//! The guard that a program keeps while its telemetry runs.

use super::builder::TelemetryBuilder;
use super::running::Running;
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::interop::TracerProvider;
#[cfg(feature = "logs")]
use crate::logs::{self, Logs};
use crate::loss::LossReport;
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
/// Where the environment names neither an exporter nor an endpoint, each trace is printed as a tree
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
/// It is not printed where `OTEL_SDK_DISABLED` is true, under the testkit, and with
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
/// Dropping it sends what is left, within the builder's shutdown timeout, and reports on stderr what
/// was lost, if anything was. It works with or without an async runtime, and on any of its threads:
/// the waiting is bounded, and nothing that is waited for runs on the caller's thread.
///
/// # Forks
///
/// A child process that the program forks, as daemons and pre-forking servers do, has no thread but the
/// one that has forked. There telemetry is off, and the guard that it inherits does nothing, at once: what
/// was recorded before the fork is the parent's, and sent by the parent alone. To record, the child calls
/// [`init`] or [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) itself; its books begin at zero. Spans that
/// were open during the fork are the parents of the child's, but their end, and the measuring of their
/// calls, are the parent's.
///
/// A fork waits until no other thread is in the middle of a lock of telemetry, some milliseconds at most;
/// where one cannot be had, because its owner hangs, the child cannot install
/// ([`InitError::Forked`](crate::InitError::Forked)). Locks of others are not held: those of OpenTelemetry's
/// globals, of its meter provider, of stderr, and the one that the standard library takes while a thread
/// begins or ends. A child that was forked while another thread held the last one can start no thread for
/// good, and so no pipeline, whatever it uses; what it inherits still ends at once. A child
/// whose parent has other threads should exec, and a server should fork before it starts threads. What forks
/// past the C library (`vfork`, `clone`) is not noticed.
#[must_use = "dropping the guard ends telemetry; bind it, as in `let _telemetry = …`"]
pub struct Telemetry {
    /// `None` when `OTEL_SDK_DISABLED` is true.
    running: Option<Arc<Running>>,
    /// Another owner ends the pipeline.
    lent: bool,
    shutdown_timeout: Duration,
    /// The final report, once the pipeline has ended.
    last: Mutex<Option<LossReport>>,
    #[cfg(feature = "logs")]
    loggers: Option<SdkLoggerProvider>,
    #[cfg(feature = "prometheus")]
    prometheus: Option<Prometheus>,
}

impl Telemetry {
    /// Begins a configuration.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::new()
    }

    pub(crate) fn disabled() -> Self {
        Self::new(None, false, Duration::ZERO)
    }

    pub(crate) fn running(running: Arc<Running>, shutdown_timeout: Duration) -> Self {
        Self::new(Some(running), false, shutdown_timeout)
    }

    /// A pipeline that a test has installed before the program came to it.
    pub(crate) fn lent(running: Arc<Running>, shutdown_timeout: Duration) -> Self {
        Self::new(Some(running), true, shutdown_timeout)
    }

    fn new(running: Option<Arc<Running>>, lent: bool, shutdown_timeout: Duration) -> Self {
        Self {
            running,
            lent,
            shutdown_timeout,
            last: Mutex::default(),
            #[cfg(feature = "logs")]
            loggers: None,
            #[cfg(feature = "prometheus")]
            prometheus: None,
        }
    }

    #[cfg(feature = "logs")]
    pub(crate) fn log_to(&mut self, logs: Option<Arc<Logs>>) {
        self.loggers = Some(logs::provider_of(logs));
    }

    /// The logger provider of this pipeline, for the bridges of `log` and `tracing` and for code that
    /// uses OpenTelemetry's API: its records get the ids of our current span.
    ///
    /// [`logs::logger_provider`](crate::logs::logger_provider) is that of the whole process, for
    /// code that is not given this one.
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

    /// The metrics as Prometheus reads them; `None` where neither
    /// [`TelemetryBuilder::with_prometheus`] nor the environment asks for them. The page is empty, and no port
    /// is opened for it, where telemetry or metrics are turned off, and where a test has installed the
    /// pipeline.
    #[cfg(feature = "prometheus")]
    pub fn prometheus(&self) -> Option<&Prometheus> {
        self.prometheus.as_ref()
    }

    /// The pipeline as a tracer provider of OpenTelemetry's API, for code that is handed one.
    pub fn tracer_provider(&self) -> TracerProvider {
        TracerProvider::default()
    }

    /// Whether `OTEL_SDK_DISABLED` turned telemetry off.
    pub fn is_disabled(&self) -> bool {
        self.running.is_none()
    }

    /// What became of the spans and log records so far.
    pub fn report(&self) -> LossReport {
        if self.is_inherited() {
            return LossReport::default();
        }
        if let Some(last) = &*self.last() {
            return last.clone();
        }
        self.running.as_ref().map(|running| running.report()).unwrap_or_default()
    }

    /// Sends every span that has ended and every log record, and waits until that is done; never
    /// longer than `timeout`.
    ///
    /// # Errors
    /// When the time was over first, and at once when a receiver has asked for silence, which is not
    /// waited for: what is left then stays in the queue.
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
            Err(FlushError { timeout, report: running.report_of_missed().into() })
        }
    }

    /// Sends every span that has ended and every log record, ends the pipeline and reports what was
    /// lost; never takes longer than `timeout`. What has not been sent by then is counted as lost, and
    /// where the collector has not read everything by then, the report contains how much
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
            running.shutdown(deadline)
        });
        last.insert(report.unwrap_or_default()).clone()
    }

    /// Whether this is the guard of a parent process: the pipeline has no threads here.
    fn is_inherited(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.is_inherited())
    }

    /// Lets go of what must not be touched: locks that a thread of the parent may have held, threads
    /// that are not there.
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
        let report = self.shutdown(self.shutdown_timeout);
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

/// A flush took longer than it was allowed to, or a receiver has asked for silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushError {
    timeout: Duration,
    report: Box<LossReport>,
}

impl FlushError {
    /// How far it came.
    pub fn report(&self) -> &LossReport {
        &self.report
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not everything was sent within {:?}: {}", self.timeout, self.report)
    }
}

impl std::error::Error for FlushError {}

fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    // A timeout like `Duration::MAX` means: as long as it takes.
    now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(365 * 24 * 3_600))
}
