//! Checks the meaning of the variables of metrics.

use super::*;
use crate::metrics::OtlpMetricSettings;
use opentelemetry_sdk::metrics::Temporality;

#[test]
fn unset_variables_give_the_defaults() {
    let settings = accepted(&[("OTEL_METRICS_EXPORTER", "")]).metrics;
    assert_eq!(settings.names(), None);
    assert_eq!(settings.otlp, OtlpMetricSettings::default());
    assert!(!settings.exponential);
}

#[test]
fn exporters_are_a_list() {
    let exporters = |value| accepted(&[("OTEL_METRICS_EXPORTER", value)]).metrics.names().unwrap();
    assert_eq!(exporters("otlp, Prometheus,console,otlp"), ["otlp", "prometheus", "console"]);
    assert!(exporters("none").is_empty());
    assert_eq!(
        refused(&[("OTEL_METRICS_EXPORTER", "otlp,none")]),
        "OTEL_METRICS_EXPORTER is `otlp,none`; allowed: `none` alone, or a list of otlp, \
         prometheus, console and json"
    );
    let (_, warning) = warned(&[("OTEL_METRICS_EXPORTER", "statsd")]);
    let allowed = allowed_exporters(Signal::Metrics);
    assert!(warning.contains(&format!("allowed: {allowed}")), "{warning}");
}

#[test]
fn otlp_has_variables_of_its_own() {
    let settings = accepted(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318/only/traces"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=b"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "700"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta"),
        (
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "base2_exponential_bucket_histogram",
        ),
    ])
    .metrics;
    let otlp = OtlpSettings::default()
        .with_endpoint("http://c:4318/v1/metrics")
        .with_header("a", "b")
        .with_timeout(Duration::from_millis(700));
    let expected = OtlpMetricSettings::default()
        .with_otlp(otlp)
        .with_interval(Duration::from_millis(1_500))
        .with_temporality(Temporality::Delta);
    assert_eq!(settings.otlp, expected);
    assert!(settings.exponential);

    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m/x");
    assert_eq!(accepted(&[own]).metrics.otlp.otlp.endpoint.unwrap(), "http://m/x");
    assert_eq!(accepted(&[own]).spans.otlp.endpoint, None);
    let (settings, warning) = warned(&[("OTEL_METRIC_EXPORT_INTERVAL", "0")]);
    assert_eq!(settings.metrics.otlp, OtlpMetricSettings::default());
    assert_eq!(
        warning,
        "OTEL_METRIC_EXPORT_INTERVAL is `0`: ignored, 60000 is used; allowed: a whole number \
         from 1 on"
    );
    let (settings, warning) = warned(&[("OTEL_METRIC_EXPORT_TIMEOUT", "soon")]);
    assert_eq!(settings.metrics.otlp, OtlpMetricSettings::default());
    assert!(warning.contains("`soon`: ignored, 10000 ms is used"), "{warning}");
    let (_, warning) = warned(&[("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "low")]);
    assert!(warning.ends_with("allowed: cumulative, delta, lowmemory"), "{warning}");
    // A general variable is read for each signal, and warned about once.
    warned(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/xml")]);
}

#[cfg(feature = "prometheus")]
#[test]
fn prometheus_has_a_place() {
    use crate::metrics::PrometheusSettings;

    const CHOSEN: (&str, &str) = ("OTEL_METRICS_EXPORTER", "prometheus");
    let of = |settings: Settings| settings.metrics.readers.unwrap().remove(0).prometheus;
    assert_eq!(of(accepted(&[CHOSEN])), PrometheusSettings::default());
    let settings = accepted(&[
        CHOSEN,
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "9464"),
    ]);
    let expected = PrometheusSettings::default().with_host("0.0.0.0").with_port(9464);
    assert_eq!(of(settings), expected);
    let (settings, warning) = warned(&[CHOSEN, ("OTEL_EXPORTER_PROMETHEUS_PORT", "99999")]);
    let defaults = PrometheusSettings::default();
    assert_eq!(of(settings), defaults);
    assert_eq!(
        warning,
        format!(
            "OTEL_EXPORTER_PROMETHEUS_PORT is `99999`: ignored, {} is used; allowed: a whole \
             number from 0 to 65535",
            defaults.port
        )
    );
}
