//! Checks the meaning of the variables of logs.

use super::*;
use crate::export::OtlpProtocol;
use crate::logs::LogLimits;

#[test]
fn exporters_are_a_list() {
    let exporters = |value| accepted(&[("OTEL_LOGS_EXPORTER", value)]).logs.outputs.names();
    assert_eq!(exporters(""), None);
    assert_eq!(exporters("json"), Some(vec!["json"]));
    assert_eq!(exporters("otlp, Console,otlp"), Some(vec!["otlp", "console"]));
    assert_eq!(exporters("none"), Some(Vec::new()));
    let refusal = refused(&[("OTEL_LOGS_EXPORTER", "json,none")]);
    let expected =
        "OTEL_LOGS_EXPORTER is `json,none`; allowed: `none` alone, or a list of otlp, console";
    assert!(refusal.starts_with(expected), "{refusal}");
    let (settings, warning) = warned(&[("OTEL_LOGS_EXPORTER", "syslog,json")]);
    assert_eq!(settings.logs.outputs.names(), Some(vec!["json"]));
    let allowed = allowed_exporters(Signal::Logs);
    assert_eq!(warning, format!("OTEL_LOGS_EXPORTER is `syslog`: ignored; allowed: {allowed}"));
}

#[test]
fn their_own_receiver_comes_first() {
    let settings = accepted(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "7000"),
        ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=b"),
    ]);
    let otlp = settings.logs.outputs.otlp;
    assert_eq!(otlp.endpoint.as_deref(), Some("http://collector:4318/v1/logs"));
    assert_eq!(otlp.timeout, Duration::from_secs(7));
    assert_eq!((otlp.gzip, settings.spans.otlp.gzip), (true, false));
    assert_eq!(otlp.headers, [("a".to_owned(), "b".to_owned())]);
    let settings = accepted(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:4318/in"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc"),
    ]);
    assert_eq!(settings.logs.outputs.otlp.endpoint.as_deref(), Some("http://logs:4318/in"));
    assert_eq!(settings.logs.outputs.otlp.protocol, OtlpProtocol::Grpc);
    assert_eq!(settings.spans.otlp.protocol, OtlpProtocol::HttpProtobuf);
}

#[test]
fn queues_have_variables_of_their_own() {
    let unset = accepted(&[("OTEL_BSP_SCHEDULE_DELAY", "7")]).logs.outputs.queue;
    assert_eq!(unset, QueueSettings::default().with_delay(Duration::from_secs(1)));
    let settings = accepted(&[
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "100"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "50"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "20"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "3000"),
    ]);
    let queue = QueueSettings::default().with_max_queue(100).with_max_batch(50);
    assert_eq!(settings.logs.outputs.queue, queue.with_delay(Duration::from_millis(20)));
    assert_eq!(settings.logs.outputs.otlp.timeout, Duration::from_secs(3));
    assert_eq!(settings.spans.queue, QueueSettings::default());
    for (variable, value) in [
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "99999"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "soon"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "-1"),
    ] {
        let (settings, warning) = warned(&[(variable, value)]);
        assert!(warning.starts_with(&format!("{variable} is `{value}`: ignored, ")));
        assert_eq!(settings.logs.outputs.queue, unset);
        assert_eq!(settings.logs.outputs.otlp, OtlpSettings::default());
    }
}

#[test]
fn limits_are_their_own_or_those_of_all_attributes() {
    assert_eq!(accepted(&[]).logs.limits, LogLimits::default());
    let general = [
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "9"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "99"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "8"),
    ];
    let limits = LogLimits::default().with_attribute_count(9).with_attribute_value_length(99);
    assert_eq!(accepted(&general).logs.limits, limits);
    let own = [
        general[0],
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "3"),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "33"),
    ];
    let limits = LogLimits::default().with_attribute_count(3).with_attribute_value_length(33);
    assert_eq!(accepted(&own).logs.limits, limits);
    let (settings, warning) = warned(&[("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "-1")]);
    assert_eq!(settings.logs.limits, LogLimits::default());
    assert!(warning.contains("`-1`: ignored, 128 is used"), "{warning}");
}
