//! Moves records from the SDK to the pipeline: the processor of all logger providers.

use super::context::{Here, Ids};
use super::event::Level;
use super::event::{Attributes, EventRecord, EventSpan};
use super::loggers::Candidate;
#[cfg(feature = "config-file")]
use super::loggers::LoggerRules;
use super::pipeline::Logs;
use super::{context, depth};
use crate::context::{SpanContext, route_of_context};
use crate::export::gates;
use crate::export::signal::Signal;
use crate::interop::{look, suppress_sdk};
use crate::recorder::{fork, task};
use arc_swap::ArcSwapOption;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

/// The time that a flush may take if the caller sets none.
const PATIENCE: Duration = Duration::from_secs(30);

/// The logs of the running pipeline.
static RUNNING: ArcSwapOption<Logs> = ArcSwapOption::const_empty();

/// A function that sees each record after the pipeline; the testkit's.
pub(crate) type Tap = fn(&mut SdkLogRecord, &InstrumentationScope);

static TAP: OnceLock<Tap> = OnceLock::new();

/// Registers `tap`, which sees each record from now on.
pub(crate) fn tap(tap: Tap) {
    let _ = TAP.set(tap);
}

/// Returns whether a test observes records.
pub(crate) fn is_tapped() -> bool {
    TAP.get().is_some()
}

/// The process in which records are received; 0: none. Cheaper to read than the pipeline.
static RECEIVED_IN: AtomicU64 = AtomicU64::new(0);

/// Returns whether the running pipeline uses records.
// HOT: called for every event of `tracing`.
pub(crate) fn is_exported() -> bool {
    RECEIVED_IN.load(Ordering::Acquire) == this_process()
}

/// The least severity that the running pipeline takes, as a number.
static LEAST: AtomicU8 = AtomicU8::new(0);

/// Whether the running pipeline has rules for loggers.
static ARE_RULED: AtomicBool = AtomicBool::new(false);

/// Returns whether anything takes records of this level and target now, as far as the target is known. Those who
/// have to format one ask first.
// HOT: called for every record of `log` and every event of `tracing`.
pub(crate) fn is_wanted(level: Level, target: Option<&str>) -> bool {
    let is_taken = || {
        level.severity() as u8 >= LEAST.load(Ordering::Relaxed)
            && !gates::is_off(Signal::Logs)
            && (!ARE_RULED.load(Ordering::Relaxed) || is_let_pass(level, target))
    };
    is_exported() && is_taken() || is_tapped()
}

/// Returns whether the rules for loggers let such records pass.
#[inline(never)]
fn is_let_pass(level: Level, target: Option<&str>) -> bool {
    let severity = Some(level.severity());
    let candidate = || Candidate { logger: target, severity, is_unsampled: false };
    RUNNING.load().as_ref().is_some_and(|logs| logs.takes(severity, candidate))
}

fn this_process() -> u64 {
    u64::from(fork::count()) + 1
}

/// Makes this pipeline receive records.
pub(crate) fn install(logs: Option<Arc<Logs>>) {
    RUNNING.store(logs);
    update_received();
}

/// Updates what [`is_exported`] reads. Pipelines may come and go on several threads: the last of them to
/// come here finds that nothing has changed since.
fn update_received() {
    let received = || {
        let running = RUNNING.load();
        let running = running.as_ref().filter(|logs| logs.is_here());
        running.map(|logs| (logs.least(), logs.loggers.are_ruled()))
    };
    loop {
        let received_now = received();
        let process = if received_now.is_some() { this_process() } else { 0 };
        let (least, are_ruled) = received_now.unwrap_or_default();
        LEAST.store(least, Ordering::Relaxed);
        ARE_RULED.store(are_ruled, Ordering::Relaxed);
        RECEIVED_IN.store(process, Ordering::SeqCst);
        if received() == received_now {
            return;
        }
    }
}

/// Puts rules for loggers in force while a pipeline runs.
#[cfg(feature = "config-file")]
pub(crate) fn set_rules(logs: &Logs, rules: LoggerRules) {
    logs.loggers.set(rules);
    update_received();
}

/// Stops this pipeline from receiving records.
pub(crate) fn uninstall(logs: &Arc<Logs>) {
    let running = RUNNING.load();
    if running.as_ref().is_some_and(|running| Arc::ptr_eq(running, logs)) {
        RUNNING.compare_and_swap(&*running, None);
        update_received();
    }
}

/// Returns the logger provider of the process.
///
/// OpenTelemetry has a global tracer provider and a global meter provider, but no global logger
/// provider in Rust, so the runtime offers one. Give it to a bridge, such as those of
/// `opentelemetry-appender-log` and `opentelemetry-appender-tracing`, or get loggers from it. Their
/// records go to the pipeline that is running when they are emitted. It may be used before
/// [`init`](crate::init), and outlives all pipelines.
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

/// Returns the provider of one pipeline, or of one that does not use logs.
pub(crate) fn provider_of(logs: Option<Arc<Logs>>) -> SdkLoggerProvider {
    provider(To::This(logs))
}

fn provider(to: To) -> SdkLoggerProvider {
    // The SDK reports this through `tracing`, whose events may come here.
    let _suppressed = suppress_sdk();
    // Exporters get the pipeline's resource.
    let nothing = Resource::builder_empty().build();
    SdkLoggerProvider::builder().with_resource(nothing).with_log_processor(Processor(to)).build()
}

/// Passes a record to the running pipeline without the SDK, which reads OpenTelemetry's
/// state of the thread; that may be gone.
pub(crate) fn process(record: &mut SdkLogRecord, scope: &InstrumentationScope) {
    Processor(To::Running).emit(record, scope);
}

/// Gives an event to the exporters of the running pipeline. Returns `false` without doing so if more is
/// needed than a copy of it.
// HOT: called for every event of `tracing`.
pub(super) fn take_event<'a>(event: &mut EventRecord<'a, impl Attributes<'a>>) -> bool {
    let running = RUNNING.load();
    let logs = running.as_ref().filter(|logs| logs.is_here() && logs.only_exports());
    let (Some(logs), false, false) = (logs, is_tapped(), context::adds_baggage()) else {
        return false;
    };
    let here = Here::now();
    if here.is_suppressed {
        return true;
    }
    let span = match &event.span {
        EventSpan::Current if here.span.is_some() => here.span,
        EventSpan::Current if look(|context| context.has_active_span()) == Some(true) => {
            return false;
        }
        EventSpan::Current => None,
        EventSpan::Of(span) => Some(Ids::of(span)),
        // Invalid ids prevent others from being set.
        EventSpan::None => Some(Ids::of(&SpanContext::default())),
    };
    let severity = Some(event.site.level.severity());
    let candidate = || Candidate {
        logger: Some(event.target()),
        severity,
        is_unsampled: span.as_ref().is_some_and(Ids::are_unsampled),
    };
    if !logs.takes(severity, candidate) {
        return true;
    }
    let route = match &event.span {
        EventSpan::Of(span) => route_of_context(span),
        EventSpan::Current | EventSpan::None => here.route,
    };
    logs.intake.take_event(opentelemetry::time::now(), (span, route), event);
    true
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
        // This comes first: even dropping the record could overflow the stack of the emitting thread.
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
                // The SDK drops a record after this processor, which is the only one of its provider.
                let is_last = tap.is_none();
                logs.process(record, scope, cut, (current.route, is_last));
            }
        });
        if let Some(tap) = tap {
            tap(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.shutdown_with_timeout(PATIENCE)
    }

    /// The pipeline continues: its owner ends it.
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
