//! Builds log records for unit tests.

use super::emitted::EmittedLog;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::{Key, KeyValue, SpanId, TraceFlags, TraceId};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLoggerProvider};
use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

/// Returns a record of the scope `shop`, as `fill` sets it, observed at the second 1,700,000,000.
pub(crate) fn log(fill: impl FnOnce(&mut SdkLogRecord)) -> EmittedLog {
    let logger = SdkLoggerProvider::builder().build().logger("unused");
    let mut record = logger.create_log_record();
    record.set_observed_timestamp(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    fill(&mut record);
    let scope = InstrumentationScope::builder("shop")
        .with_version("1.2.3")
        .with_schema_url("https://a/scope")
        .with_attributes([KeyValue::new("scope.kind", "test")]);
    EmittedLog { record, scope: scope.build(), dropped_attributes: 0 }
}

/// Returns a record that contains every kind of data.
pub(crate) fn whole_log() -> EmittedLog {
    log(|record| {
        record.set_timestamp(UNIX_EPOCH + Duration::new(1_699_999_999, 123_456_789));
        record.set_severity_number(Severity::Warn2);
        record.set_severity_text("WARNING");
        record.set_event_name("stock.low");
        record.set_body("only \"2\" left\nof 7".into());
        record.set_trace_context(
            TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
            SpanId::from(0xb7ad),
            Some(TraceFlags::SAMPLED),
        );
        for (key, value) in values() {
            record.add_attribute(key, value);
        }
    })
}

/// Returns a value of each kind.
pub(crate) fn values() -> Vec<(&'static str, AnyValue)> {
    let list = AnyValue::from_iter([AnyValue::from(1), "two".into(), true.into()]);
    let inner = AnyValue::Map(Box::new(HashMap::from([(Key::new("list"), list.clone())])));
    vec![
        ("int", AnyValue::Int(-7)),
        ("double", AnyValue::Double(0.5)),
        ("string", "é\u{1}".into()),
        ("empty", "".into()),
        ("bool", false.into()),
        ("bytes", (&[0_u8, 255, 16, 7][..]).into()),
        ("list", list),
        ("map", AnyValue::Map(Box::new(HashMap::from([(Key::new("inner"), inner)])))),
    ]
}
