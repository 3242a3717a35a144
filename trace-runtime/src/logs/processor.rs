//! Takes records from the SDK to the pipeline: the processor of all logger providers.

use super::pipeline::Logs;
use super::{context, depth};
use crate::interop::suppress_sdk;
use crate::recorder::task;
use arc_swap::ArcSwapOption;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

/// How long a flush may take where the caller sets no time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Of the pipeline that is running.
static RUNNING: ArcSwapOption<Logs> = ArcSwapOption::const_empty();

/// Sees each record after the pipeline; the testkit's.
pub(crate) type Tap = fn(&mut SdkLogRecord, &InstrumentationScope);

static TAP: OnceLock<Tap> = OnceLock::new();

/// Shows each record to `tap`, from now on.
pub(crate) fn tap(tap: Tap) {
    let _ = TAP.set(tap);
}

/// Whether tests look at records.
pub(crate) fn is_tapped() -> bool {
    TAP.get().is_some()
}

/// Whether the pipeline that is running does anything with records.
pub(crate) fn is_exported() -> bool {
    RUNNING.load().as_ref().is_some_and(|logs| logs.is_here())
}

/// Records reach this pipeline.
pub(crate) fn install(logs: Option<Arc<Logs>>) {
    RUNNING.store(logs);
}

/// Records reach this pipeline no more.
pub(crate) fn uninstall(logs: &Arc<Logs>) {
    let running = RUNNING.load();
    if running.as_ref().is_some_and(|running| Arc::ptr_eq(running, logs)) {
        RUNNING.compare_and_swap(&*running, None);
    }
}

/// The logger provider of the process.
///
/// OpenTelemetry has a global tracer provider and a global meter provider, but no such logger
/// provider in Rust: this is ours. Give it to a bridge, such as those of `opentelemetry-appender-log`
/// and `opentelemetry-appender-tracing`, or get loggers from it. What they emit goes to the pipeline
/// that runs at that moment; it may be asked for before [`init`](crate::init), and outlives all
/// pipelines.
///
/// ```
/// use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
/// use trace_runtime::trace;
///
/// #[trace]
/// fn charge() {
///     let logger = trace_runtime::logs::logger_provider().logger("shop");
///     let mut record = logger.create_log_record();
///     record.set_body("card declined".into());
///     logger.emit(record); // With the ids of `charge`.
/// }
/// # charge();
/// ```
pub fn logger_provider() -> SdkLoggerProvider {
    static PROVIDER: LazyLock<SdkLoggerProvider> = LazyLock::new(|| provider(To::Running));
    PROVIDER.clone()
}

/// The provider of one pipeline, or of one that does nothing with logs.
pub(crate) fn provider_of(logs: Option<Arc<Logs>>) -> SdkLoggerProvider {
    provider(To::This(logs))
}

fn provider(to: To) -> SdkLoggerProvider {
    // The SDK reports it by `tracing`, whose events may be on their way here.
    let _suppressed = suppress_sdk();
    // Exporters get the pipeline's.
    let nothing = Resource::builder_empty().build();
    SdkLoggerProvider::builder().with_resource(nothing).with_log_processor(Processor(to)).build()
}

/// Gives a record to the pipeline that is running, without the SDK: that looks at OpenTelemetry's
/// state of the thread, which may be gone.
pub(crate) fn process(record: &mut SdkLogRecord, scope: &InstrumentationScope) {
    Processor(To::Running).emit(record, scope);
}

enum To {
    /// The pipeline that is running when a record is emitted.
    Running,
    This(Option<Arc<Logs>>),
}

struct Processor(To);

impl Processor {
    fn with<R>(&self, then: impl FnOnce(Option<&Arc<Logs>>) -> R) -> R {
        match &self.0 {
            To::Running => then(RUNNING.load().as_ref().filter(|logs| logs.is_here())),
            To::This(logs) => then(logs.as_ref().filter(|logs| logs.is_here())),
        }
    }
}

impl LogProcessor for Processor {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        // First of all, since dropping it could overflow the stack of the emitting thread, too.
        let cut = depth::bound(record);
        let current = task::current();
        if context::is_suppressed(&current) {
            return;
        }
        let tap = TAP.get();
        self.with(|logs| {
            if logs.is_some() || tap.is_some() {
                context::complete(record, &current);
            }
            if let Some(logs) = logs {
                logs.process(record, scope, cut);
            }
        });
        if let Some(tap) = tap {
            tap(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.shutdown_with_timeout(PATIENCE)
    }

    /// The pipeline goes on: its owner ends it.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let deadline = Instant::now().checked_add(timeout.min(PATIENCE));
        let deadline = deadline.unwrap_or_else(Instant::now);
        let done =
            self.with(|logs| logs.is_none_or(|logs| logs.flush(logs.begin_flush(), deadline)));
        if done { Ok(()) } else { Err(OTelSdkError::Timeout(timeout)) }
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        if context::is_suppressed(&task::current()) {
            return false;
        }
        is_tapped() || self.with(|logs| logs.is_some_and(|it| it.is_enabled(level, target, name)))
    }
}

impl fmt::Debug for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Processor").finish_non_exhaustive()
    }
}
