//! Defines log records on their way to the exporters.

use opentelemetry::logs::AnyValue;
use opentelemetry::{InstrumentationScope, TraceId};
use opentelemetry_sdk::logs::{SdkLogRecord, TraceContext};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// An emitted record, and its instrumentation scope.
#[derive(Debug)]
pub(crate) struct EmittedLog {
    pub(crate) record: SdkLogRecord,
    pub(crate) scope: InstrumentationScope,
    /// The number of attributes beyond the limit.
    #[cfg_attr(
        not(any(feature = "otlp-grpc", feature = "otlp-http")),
        allow(dead_code, reason = "only OTLP tells of it")
    )]
    pub(crate) dropped_attributes: u32,
}

/// Records that are made when an exporter first asks for them: on its thread, and never if they do not
/// fit into its queue.
pub(crate) struct EmittedLogs {
    count: usize,
    bytes: usize,
    make: Mutex<Option<Make>>,
    made: OnceLock<Vec<EmittedLog>>,
}

type Make = Box<dyn FnOnce() -> Vec<EmittedLog> + Send>;

impl EmittedLogs {
    /// Creates a chunk of `count` records, of about this many bytes, which `make` makes.
    pub(crate) fn new(
        count: usize,
        bytes: usize,
        make: impl FnOnce() -> Vec<EmittedLog> + Send + 'static,
    ) -> Self {
        Self { count, bytes, make: Mutex::new(Some(Box::new(make))), made: OnceLock::new() }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn get(&self) -> &[EmittedLog] {
        self.made.get_or_init(|| {
            let make = self.make.lock().unwrap_or_else(PoisonError::into_inner).take();
            make.map(|make| make()).unwrap_or_default()
        })
    }
}

impl EmittedLog {
    /// Returns about how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let attributes = self.record.attributes_iter();
        let attributes: usize =
            attributes.map(|(key, value)| key.as_str().len() + size_of(value)).sum();
        std::mem::size_of::<Self>() + self.record.body().map_or(0, size_of) + attributes
    }

    /// Returns when it happened, or else when it was observed.
    pub(crate) fn time(&self) -> SystemTime {
        let observed = self.record.observed_timestamp();
        self.record.timestamp().or(observed).unwrap_or(UNIX_EPOCH)
    }

    /// Returns its source: the target, which bridges set for each record, or the name of the logger.
    pub(crate) fn source(&self) -> &str {
        match self.record.target() {
            Some(target) => target,
            None => self.scope.name(),
        }
    }

    /// Returns its severity in the source's words, or else in OpenTelemetry's; empty if it has none.
    pub(crate) fn severity(&self) -> &'static str {
        let by_number = || self.record.severity_number().map(|number| number.name());
        self.record.severity_text().or_else(by_number).unwrap_or_default()
    }

    /// Returns the span that it belongs to, if there is one.
    pub(crate) fn trace_context(&self) -> Option<&TraceContext> {
        self.record.trace_context().filter(|context| context.trace_id != TraceId::INVALID)
    }

    pub(crate) fn body(&self) -> Option<&AnyValue> {
        self.record.body()
    }
}

/// Returns about how many bytes a value takes.
fn size_of(value: &AnyValue) -> usize {
    std::mem::size_of::<AnyValue>()
        + match value {
            AnyValue::String(text) => text.as_str().len(),
            AnyValue::Bytes(bytes) => bytes.len(),
            AnyValue::ListAny(list) => list.iter().map(size_of).sum(),
            AnyValue::Map(map) => {
                map.iter().map(|(key, value)| key.as_str().len() + size_of(value)).sum()
            }
            _ => 0,
        }
}
