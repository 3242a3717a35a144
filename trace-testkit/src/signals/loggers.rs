//! Logger providers whose records reach captures.

use super::{Signals, sdk_logs};
use crate::capture::signals_here;
use crate::model::{LogData, ResourceData};
use crate::source::Stray;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::LogRecord as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use trace_runtime::{Span, SpanContext};

/// The logger provider of one capture.
#[derive(Default)]
pub(super) struct Loggers {
    provider: OnceLock<SdkLoggerProvider>,
}

impl Signals {
    /// The provider of the capture, made when somebody asks for it first.
    pub(super) fn logger_provider(self: &Arc<Self>) -> SdkLoggerProvider {
        let make = || SdkLoggerProvider::builder().with_log_processor(LogCollector::of(self));
        self.loggers.provider.get_or_init(|| make().build()).clone()
    }
}

/// Brings what a logger provider is given into captures: give it to
/// [`with_log_processor`](opentelemetry_sdk::logs::LoggerProviderBuilder::with_log_processor).
///
/// One of [`Capture::log_collector`](crate::Capture::log_collector) is for that capture. One of
/// [`LogCollector::new`] is for every capture: each record reaches the one in which it is written.
/// That is what a process has one of, behind the `tracing` subscriber or the `log` logger:
///
/// ```
/// use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
/// use opentelemetry_sdk::logs::SdkLoggerProvider;
/// use std::sync::LazyLock;
/// use trace_testkit::LogCollector;
///
/// static LOGS: LazyLock<SdkLoggerProvider> = LazyLock::new(|| {
///     SdkLoggerProvider::builder().with_log_processor(LogCollector::new()).build()
/// });
///
/// fn warn(text: &'static str) {
///     let logger = LOGS.logger("shop");
///     let mut record = logger.create_log_record();
///     record.set_body(text.into());
///     logger.emit(record);
/// }
///
/// let t = trace_testkit::capture();
/// warn("retry");
/// t.logs().containing("retry").one();
/// ```
///
/// A record that is written in a span of `trace-runtime` gets that span's ids; processors after
/// this one see them as well.
pub struct LogCollector {
    /// Of the capture that it is for; `None` when it is for all.
    signals: Option<Weak<Signals>>,
    resource: Arc<ResourceData>,
}

impl LogCollector {
    /// One for every capture, and for the whole process where that is captured.
    #[expect(clippy::new_without_default, reason = "there is no state of which it is the default")]
    pub fn new() -> Self {
        Self { signals: None, resource: Arc::default() }
    }

    pub(super) fn of(signals: &Arc<Signals>) -> Self {
        Self { signals: Some(Arc::downgrade(signals)), resource: Arc::default() }
    }
}

impl fmt::Debug for LogCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogCollector").finish_non_exhaustive()
    }
}

impl LogProcessor for LogCollector {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        add_trace_context(record);
        let log = || LogData { resource: self.resource.clone(), ..sdk_logs::log(record, scope) };
        match &self.signals {
            Some(signals) => {
                if let Some(signals) = signals.upgrade() {
                    signals.add_log(log());
                }
            }
            None => {
                let log = log();
                let body = log.body.as_ref().map(ToString::to_string).unwrap_or_default();
                for signals in signals_here(|thread| Stray::Log { body, thread }) {
                    signals.add_log(log.clone());
                }
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = Arc::new(ResourceData::from(resource));
    }
}

/// The SDK looks for an attached `opentelemetry::Context`, and spans of `trace-runtime` attach none.
///
/// Where both are there and of one trace, ours is the inner one: a root of ours continues from an
/// attached context, while a span of the SDK never continues from one of ours.
fn add_trace_context(record: &mut SdkLogRecord) {
    let current = Span::current().context();
    let is_of_another_trace = record
        .trace_context()
        .is_some_and(|attached| attached.trace_id.to_bytes() != current.trace_id().to_bytes());
    if current.is_valid() && !is_of_another_trace {
        set_trace_context(record, &current);
    }
}

fn set_trace_context(record: &mut SdkLogRecord, context: &SpanContext) {
    record.set_trace_context(
        opentelemetry::TraceId::from_bytes(context.trace_id().to_bytes()),
        opentelemetry::SpanId::from_bytes(context.span_id().to_bytes()),
        Some(opentelemetry::TraceFlags::new(context.trace_flags().to_u8())),
    );
}
