//! Delivers the records of logger providers to captures.

use super::here::signals_here;
use super::sdk_logs;
use super::store::Signals;
use crate::model::{LogData, ResourceData};
use crate::runtime::logs as runtime;
use crate::source::Stray;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

impl Signals {
    /// Returns the logger provider of the capture, creating it on first use.
    pub(crate) fn logger_provider(self: &Arc<Self>) -> SdkLoggerProvider {
        let make = || SdkLoggerProvider::builder().with_log_processor(LogCollector::of(self));
        self.logger_provider.get_or_init(|| make().build()).clone()
    }
}

/// A log processor that delivers the records of a logger provider to captures: give it to
/// [`with_log_processor`](opentelemetry_sdk::logs::LoggerProviderBuilder::with_log_processor).
///
/// [`Capture::log_collector`](crate::Capture::log_collector) returns one for that capture.
/// [`LogCollector::new`] returns one for all captures: each record reaches the capture in which it
/// is written. Use it for a provider that the whole process shares, behind the `tracing` subscriber
/// or the `log` logger:
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
/// A record written in a span of `trace-runtime` gets that span's ids, which later processors see
/// as well.
pub struct LogCollector {
    /// The capture that it is for; `None` for all.
    signals: Option<Weak<Signals>>,
    resource: Option<Arc<ResourceData>>,
}

impl LogCollector {
    /// Creates a processor for all captures, and for the whole process if that is captured.
    #[expect(clippy::new_without_default, reason = "there is no state of which it is the default")]
    #[must_use]
    pub fn new() -> Self {
        Self { signals: None, resource: None }
    }

    pub(crate) fn of(signals: &Arc<Signals>) -> Self {
        Self { signals: Some(Arc::downgrade(signals)), resource: None }
    }
}

impl fmt::Debug for LogCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogCollector").finish_non_exhaustive()
    }
}

impl LogProcessor for LogCollector {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        runtime::bound(record);
        runtime::stamp(record);
        let resource = self.resource.clone().unwrap_or_default();
        let log = || LogData { resource: resource.clone(), ..sdk_logs::log(record, scope) };
        match &self.signals {
            Some(signals) => {
                if let Some(signals) = signals.upgrade() {
                    signals.add_log(log());
                }
            }
            None => {
                let log = log();
                let body = log.body.as_ref().map(ToString::to_string).unwrap_or_default();
                for signals in signals_here(|thread| Stray::Log { body: body.clone(), thread }) {
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
        self.resource = Some(Arc::new(ResourceData::from(resource)));
    }
}

/// Taps the runtime's own logger providers, so that records reach the captures in which they are
/// emitted.
pub(super) fn install() {
    static COLLECTOR: LogCollector = LogCollector { signals: None, resource: None };
    runtime::tap(|record, scope| COLLECTOR.emit(record, scope));
}
