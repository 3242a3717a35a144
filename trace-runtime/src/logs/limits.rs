//! Applies the limits of log records.

use crate::export::EmittedLog;
use crate::interop::suppress_sdk;
use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider};
use std::sync::OnceLock;

/// The limits of one log record
/// ([specification](https://opentelemetry.io/docs/specs/otel/logs/sdk/#logrecord-limits)).
///
/// Whatever the limits are, lists and maps may be nested at most 30 levels deep in a body or an
/// attribute: decoders of protobuf refuse messages that are nested much deeper, and recursive code
/// may run out of stack. Deeper values are replaced with a text such as
/// `… 12 values nested deeper`, before any processor sees the record, and counted
/// ([`LogReport::cut_values`](crate::loss::LogReport::cut_values)).
///
/// ```
/// use trace_runtime::logs::LogLimits;
///
/// let limits = LogLimits::default().with_attribute_count(32).with_attribute_value_length(4_096);
/// # assert_eq!(limits.attribute_count, 32);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLimits {
    /// The maximum number of attributes; others are dropped and counted. 128 by default.
    pub attribute_count: u32,
    /// The maximum characters of a text, or bytes, in an attribute; no limit by default, and never for
    /// the message.
    pub attribute_value_length: Option<u32>,
}

impl LogLimits {
    /// Sets the maximum number of attributes.
    #[must_use]
    pub fn with_attribute_count(mut self, count: u32) -> Self {
        self.attribute_count = count;
        self
    }

    /// Sets the maximum number of characters of a text in an attribute.
    #[must_use]
    pub fn with_attribute_value_length(mut self, characters: u32) -> Self {
        self.attribute_value_length = Some(characters);
        self
    }

    /// Returns the record within the limits, with the number of attributes that were dropped.
    pub(super) fn apply(&self, log: EmittedLog) -> EmittedLog {
        let record = &log.record;
        let most = self.attribute_count as usize;
        let too_long = |value: &AnyValue| self.cut(value).is_some();
        let count = record.attributes_iter().count();
        let is_within = count <= most
            && (self.attribute_value_length.is_none()
                || !record.attributes_iter().any(|(_, value)| too_long(value)));
        if is_within {
            return log;
        }
        let kept = record.attributes_iter().take(most);
        let kept = kept
            .map(|(key, value)| (key.clone(), self.cut(value).unwrap_or_else(|| value.clone())));
        EmittedLog {
            record: rebuilt(record, record.body().cloned(), kept),
            scope: log.scope,
            dropped_attributes: u32::try_from(count.saturating_sub(most)).unwrap_or(u32::MAX),
        }
    }

    /// Returns the value cut; `None` if it is within the limit.
    fn cut(&self, value: &AnyValue) -> Option<AnyValue> {
        let most = self.attribute_value_length? as usize;
        match value {
            AnyValue::String(text) => {
                let (end, _) = text.as_str().char_indices().nth(most)?;
                Some(AnyValue::from(text.as_str()[..end].to_owned()))
            }
            AnyValue::Bytes(bytes) => (bytes.len() > most).then(|| AnyValue::from(&bytes[..most])),
            AnyValue::ListAny(list) => {
                list.iter().any(|value| self.cut(value).is_some()).then(|| {
                    let cut = list.iter().map(|it| self.cut(it).unwrap_or_else(|| it.clone()));
                    AnyValue::ListAny(Box::new(cut.collect()))
                })
            }
            AnyValue::Map(map) => map.values().any(|value| self.cut(value).is_some()).then(|| {
                let cut = |it: &AnyValue| self.cut(it).unwrap_or_else(|| it.clone());
                let pairs = map.iter().map(|(key, value)| (key.clone(), cut(value)));
                AnyValue::Map(Box::new(pairs.collect()))
            }),
            _ => None,
        }
    }
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { attribute_count: 128, attribute_value_length: None }
    }
}

/// Returns an empty record, which the SDK cannot create without a logger.
pub(super) fn blank() -> SdkLogRecord {
    static BLANK: OnceLock<SdkLogger> = OnceLock::new();
    let logger = || {
        // The SDK reports this through `tracing`, whose events may come here.
        let _suppressed = suppress_sdk();
        SdkLoggerProvider::builder().build().logger("trace-runtime")
    };
    BLANK.get_or_init(logger).create_log_record()
}

/// Returns the same record with another body and other attributes. The SDK cannot remove attributes.
pub(super) fn rebuilt(
    record: &SdkLogRecord,
    body: Option<AnyValue>,
    attributes: impl IntoIterator<Item = (Key, AnyValue)>,
) -> SdkLogRecord {
    let mut other = blank();
    if let Some(name) = record.event_name() {
        other.set_event_name(name);
    }
    if let Some(target) = record.target() {
        other.set_target(target.clone());
    }
    if let Some(time) = record.timestamp() {
        other.set_timestamp(time);
    }
    if let Some(time) = record.observed_timestamp() {
        other.set_observed_timestamp(time);
    }
    if let Some(context) = record.trace_context() {
        other.set_trace_context(context.trace_id, context.span_id, context.trace_flags);
    }
    if let Some(text) = record.severity_text() {
        other.set_severity_text(text);
    }
    if let Some(number) = record.severity_number() {
        other.set_severity_number(number);
    }
    if let Some(body) = body {
        other.set_body(body);
    }
    other.add_attributes(attributes);
    other
}
