//! Tests the runtime's measurements of itself, and gauges by callback.
#![cfg(feature = "prometheus")]

use crate::support::{is_alone, record};
use opentelemetry::KeyValue;
use std::ffi::OsString;
use std::time::Duration;
use trace_runtime::export::NullExporter;
use trace_runtime::metrics::{PrometheusSettings, observe, observe_each};
use trace_runtime::{Telemetry, TelemetryBuilder, trace};

fn builder() -> TelemetryBuilder {
    let settings = PrometheusSettings::default().without_endpoint().without_scope_labels();
    Telemetry::builder().without_env().with_exporter(NullExporter::new()).with_prometheus(settings)
}

fn page(telemetry: &Telemetry) -> String {
    telemetry.prometheus().unwrap().render(None).unwrap().body
}

/// The value of a series.
#[track_caller]
fn value(page: &str, series: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in {page}")).parse().unwrap()
}

#[test]
fn telemetry_tells_how_it_is() {
    if !is_alone("telemetry_tells_how_it_is") {
        return;
    }
    let telemetry = builder().install().unwrap();
    record(9);
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    let page = page(&telemetry);
    assert_eq!(value(&page, "otel_sdk_span_started_total"), 10.0);
    assert_eq!(value(&page, "otel_sdk_span_live"), 0.0);
    let null = r#"{otel_component_name="null"}"#;
    assert_eq!(value(&page, &format!("otel_sdk_exporter_span_exported_total{null}")), 10.0);
    assert_eq!(value(&page, &format!("otel_sdk_processor_span_processed_total{null}")), 10.0);
    assert_eq!(value(&page, &format!("otel_sdk_processor_span_queue_size{null}")), 0.0);
    assert_eq!(value(&page, &format!("otel_sdk_processor_span_queue_capacity{null}")), 32_768.0);
    let operations = format!("otel_sdk_exporter_operation_duration_seconds_count{null}");
    assert!(value(&page, &operations) >= 1.0);
    assert!(value(&page, "trace_runtime_record_read_total") >= 20.0);
    assert!((0.0..1.0).contains(&value(&page, "trace_runtime_ring_fill_highest_ratio")));
    assert!(value(&page, "trace_runtime_collector_lag_seconds") < 10.0);
    assert!(
        self::page(&telemetry)
            .contains("otel_sdk_metric_reader_collection_duration_seconds_count ")
    );
}

#[cfg(feature = "logs")]
#[test]
fn logs_are_accounted_for() {
    use opentelemetry::logs::{Logger as _, LoggerProvider as _};
    use opentelemetry_sdk::logs::{LogBatch, LogExporter};

    #[derive(Debug)]
    struct Null;

    impl LogExporter for Null {
        async fn export(&self, _: LogBatch<'_>) -> opentelemetry_sdk::error::OTelSdkResult {
            Ok(())
        }
    }

    if !is_alone("logs_are_accounted_for") {
        return;
    }
    let telemetry = builder().with_otel_log_exporter(Null).install().unwrap();
    let logger = telemetry.logger_provider().logger("shop");
    (0..3).for_each(|_| logger.emit(logger.create_log_record()));
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    let page = page(&telemetry);
    let null = r#"{otel_component_name="Null"}"#;
    assert_eq!(value(&page, &format!("otel_sdk_exporter_log_exported_total{null}")), 3.0);
    assert_eq!(value(&page, &format!("otel_sdk_processor_log_processed_total{null}")), 3.0);
    assert_eq!(value(&page, &format!("otel_sdk_processor_log_queue_size{null}")), 0.0);
    assert_eq!(value(&page, &format!("otel_sdk_processor_log_queue_capacity{null}")), 32_768.0);
    assert_eq!(value(&page, "otel_sdk_log_created_total"), 3.0);
    assert_eq!(value(&page, "trace_runtime_record_read_total"), 0.0);
}

#[cfg(all(feature = "process", target_os = "linux"))]
#[test]
fn the_process_is_measured() {
    if !is_alone("the_process_is_measured") {
        return;
    }
    let telemetry = builder().install().unwrap();
    let page = page(&telemetry);
    for (series, expected) in [
        (r#"process_cpu_time_seconds_total{cpu_mode="user"}"#, 0.0..60.0),
        (r#"process_cpu_time_seconds_total{cpu_mode="system"}"#, 0.0..60.0),
        ("process_memory_usage_bytes", 1e5..1e10),
        ("process_memory_virtual_bytes", 1e6..1e14),
        ("process_thread_count", 3.0..100.0),
        ("process_open_file_descriptor_count", 3.0..1_000.0),
        ("process_uptime_seconds", 0.0..600.0),
    ] {
        assert!(expected.contains(&value(&page, series)), "{series} in {page}");
    }
}

#[test]
fn the_build_is_told() {
    if !is_alone("the_build_is_told") {
        return;
    }
    let env = |name: &str| (name == "AUTOMETRICS_COMMIT").then(|| OsString::from("abc"));
    let telemetry = builder()
        .with_env(env)
        .with_service_name("shop")
        .with_resource_attribute(KeyValue::new("service.version", "1.2.3"))
        .without_own_metrics()
        .install()
        .unwrap();
    let page = page(&telemetry);
    let series = r#"build_info{commit="abc",service_name="shop",version="1.2.3"}"#;
    assert_eq!(value(&page, series), 1.0);
    assert!(!page.contains("process_uptime") && !page.contains("otel_sdk_"), "{page}");
}

#[cfg(feature = "tokio")]
#[test]
fn a_runtime_is_measured() {
    if !is_alone("a_runtime_is_measured") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    let telemetry = runtime.block_on(async {
        tokio::spawn(std::future::pending::<()>());
        builder().install().unwrap()
    });
    let page = page(&telemetry);
    assert_eq!(value(&page, "tokio_runtime_workers"), 3.0);
    assert_eq!(value(&page, "tokio_runtime_tasks_alive"), 1.0);
    assert_eq!(value(&page, "tokio_runtime_global_queue_depth"), 0.0);
}

#[test]
fn a_gauge_is_read_when_somebody_reads() {
    if !is_alone("a_gauge_is_read_when_somebody_reads") {
        return;
    }
    #[trace]
    fn depth() -> f64 {
        7.0
    }
    // Before the pipeline and after.
    observe("queue.depth", "{order}", depth);
    let telemetry = builder().install().unwrap();
    observe_each("pool", "By", |tell| {
        tell(1.0, &[KeyValue::new("state", "idle")]);
        tell(2.0, &[KeyValue::new("state", "used")]);
    });
    let page = page(&telemetry);
    assert_eq!(value(&page, "queue_depth"), 7.0);
    assert_eq!(value(&page, r#"pool_bytes{state="idle"}"#), 1.0);
    assert_eq!(value(&page, r#"pool_bytes{state="used"}"#), 2.0);
    // What a reader calls is not recorded.
    assert_eq!(telemetry.report().started, 0);
    telemetry.shutdown(Duration::from_secs(5));
    drop(telemetry);
    // The next pipeline has them too.
    let telemetry = builder().install().unwrap();
    assert_eq!(value(&self::page(&telemetry), "queue_depth"), 7.0);
}

#[test]
fn a_gauge_that_panics_harms_nobody() {
    if !is_alone("a_gauge_that_panics_harms_nobody") {
        return;
    }
    let telemetry = builder().install().unwrap();
    observe("broken", "", || panic!("no value"));
    observe("fine", "", || 1.0);
    for _ in 0..3 {
        let page = page(&telemetry);
        assert_eq!(value(&page, "fine"), 1.0);
        assert!(!page.contains("broken"), "{page}");
    }
}
