//! Applies the limits of log records.

use super::nested::stand_in;
use crate::export::EmittedLog;
use crate::interop::suppress_sdk;
use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider};
use std::sync::OnceLock;

/// The limits of one log record
/// ([specification](https://opentelemetry.io/docs/specs/otel/logs/sdk/#logrecord-limits)).
///
/// Whatever the limits are, lists and maps may be nested at most 30 levels deep ([`LogLimits::MAX_DEPTH`]) in a body or
/// an attribute: decoders of protobuf refuse messages that are nested much deeper, and recursive code
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
    /// The maximum depth of lists and maps in an attribute, from 1 for the attribute's own value to
    /// [`MAX_DEPTH`](Self::MAX_DEPTH), the default; never for the message. Deeper ones are replaced with a text, as
    /// OpenTelemetry's API has no empty value, and not counted.
    pub attribute_value_depth: u32,
}

impl LogLimits {
    /// The maximum depth of lists and maps, whatever the limits are. Decoders of protobuf refuse messages that are
    /// nested deeper than 100 by default; a map takes three of these levels, and the record five.
    pub const MAX_DEPTH: u32 = 30;

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

    /// Sets the maximum depth of lists and maps in an attribute, at least 1; more than
    /// [`MAX_DEPTH`](Self::MAX_DEPTH) has no effect.
    #[must_use]
    pub fn with_attribute_value_depth(mut self, depth: u32) -> Self {
        self.attribute_value_depth = depth.clamp(1, Self::MAX_DEPTH);
        self
    }

    /// Returns the record within the limits, with the number of attributes that were dropped.
    pub(super) fn apply(&self, log: EmittedLog) -> EmittedLog {
        let record = &log.record;
        let most = self.attribute_count as usize;
        let may_be_cut =
            self.attribute_value_length.is_some() || self.attribute_value_depth < Self::MAX_DEPTH;
        let cut = |value: &AnyValue| self.cut(value, 1);
        let count = record.attributes_iter().count();
        let is_within = count <= most
            && !(may_be_cut && record.attributes_iter().any(|(_, value)| cut(value).is_some()));
        if is_within {
            return log;
        }
        let kept = record.attributes_iter().take(most);
        let kept =
            kept.map(|(key, value)| (key.clone(), cut(value).unwrap_or_else(|| value.clone())));
        EmittedLog {
            record: rebuilt(record, record.body().cloned(), kept),
            scope: log.scope,
            dropped_attributes: u32::try_from(count.saturating_sub(most)).unwrap_or(u32::MAX),
        }
    }

    /// Returns the value cut, which is at this depth; `None` if it is within the limits.
    fn cut(&self, value: &AnyValue, depth: u32) -> Option<AnyValue> {
        let most = self.attribute_value_length.map_or(usize::MAX, |most| most as usize);
        let cut = |inner: &AnyValue| self.cut(inner, depth + 1);
        match value {
            AnyValue::ListAny(_) | AnyValue::Map(_) if depth > self.attribute_value_depth => {
                Some(stand_in(value).0)
            }
            AnyValue::String(text) => {
                let (end, _) = text.as_str().char_indices().nth(most)?;
                Some(AnyValue::from(text.as_str()[..end].to_owned()))
            }
            AnyValue::Bytes(bytes) => (bytes.len() > most).then(|| AnyValue::from(&bytes[..most])),
            AnyValue::ListAny(list) => list.iter().any(|inner| cut(inner).is_some()).then(|| {
                let list = list.iter().map(|it| cut(it).unwrap_or_else(|| it.clone()));
                AnyValue::ListAny(Box::new(list.collect()))
            }),
            AnyValue::Map(map) => map.values().any(|inner| cut(inner).is_some()).then(|| {
                let cut = |it: &AnyValue| cut(it).unwrap_or_else(|| it.clone());
                let pairs = map.iter().map(|(key, value)| (key.clone(), cut(value)));
                AnyValue::Map(Box::new(pairs.collect()))
            }),
            _ => None,
        }
    }
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            attribute_count: 128,
            attribute_value_length: None,
            attribute_value_depth: Self::MAX_DEPTH,
        }
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
