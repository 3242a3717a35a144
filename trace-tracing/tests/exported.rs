//! Tests a program that exports logs, without a capture: events are recorded once.
#![cfg(feature = "logs")]

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, FinishedSpans, NullExporter};
use trace_runtime::{Level, Telemetry};
use tracing::{info, info_span, warn};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

#[derive(Clone, Debug, Default)]
struct Logs(Arc<Mutex<Vec<SdkLogRecord>>>);

impl LogExporter for Logs {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        // Events of an exporter itself are not exported.
        info!("exporting");
        self.0.lock().unwrap().extend(batch.iter().map(|(record, _)| record.clone()));
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Spans(Arc<Mutex<FinishedSpans>>);

impl Exporter for Spans {
    fn name(&self) -> Cow<'static, str> {
        "spans".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        info!("exporting");
        let mut spans = self.0.lock().unwrap();
        batch.iter().for_each(|span| spans.push_copy(*span));
        Ok(())
    }
}

/// What became of an event in a span and of one outside, with this layer.
fn run(
    builder: trace_runtime::TelemetryBuilder,
) -> (FinishedSpans, trace_runtime::loss::LossReport) {
    let spans = Spans::default();
    let telemetry = builder.with_exporter(spans.clone()).without_metrics().install().unwrap();
    let layer = trace_tracing::layer();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        info_span!("span").in_scope(|| info!("within"));
        info!("outside");
    });
    let report = telemetry.shutdown(Duration::from_secs(20));
    let spans = spans.0.lock().unwrap().clone();
    (spans, report)
}

/// Counts how often it is formatted.
struct Counts<'a>(&'a AtomicU32);

impl fmt::Display for Counts<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn events_are_logs_where_logs_are_exported_and_events_of_spans_where_not() {
    // OpenTelemetry emits an event when something is installed.
    let others = filter_fn(|metadata| !metadata.target().starts_with("opentelemetry"));
    tracing_subscriber::registry().with(trace_tracing::layer().with_filter(others)).init();
    let logs = Logs::default();
    let (spans, report) =
        run(Telemetry::builder().without_env().with_otel_log_exporter(logs.clone()));
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
    let records = logs.0.lock().unwrap().clone();
    let bodies: Vec<_> = records.iter().map(|record| record.body().cloned()).collect();
    assert_eq!(bodies, [Some("within".into()), Some("outside".into())]);
    let span = spans.get(0).unwrap();
    assert!(spans.len() == 1 && span.events().next().is_none(), "{spans:?}");
    let ids = records[0].trace_context().unwrap();
    assert_eq!(ids.trace_id.to_bytes(), span.trace_id().to_bytes());
    assert_eq!(ids.span_id.to_bytes(), span.span_id().to_bytes());
    assert!(records[1].trace_context().is_none());

    let formatted = AtomicU32::new(0);
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_otel_log_exporter(logs)
        .with_log_level(Level::Warn)
        .install()
        .unwrap();
    info!(counts = %Counts(&formatted));
    warn!(counts = %Counts(&formatted));
    assert_eq!(formatted.load(Ordering::Relaxed), 1, "what is not severe enough is not formatted");
    assert_eq!(telemetry.shutdown(Duration::from_secs(20)).logs.emitted, 1);

    let (spans, report) = run(Telemetry::builder().without_env());
    assert_eq!(report.logs.emitted, 0);
    let span = spans.get(0).unwrap();
    let events: Vec<_> = span.events().map(|event| event.name()).collect();
    assert_eq!(events, ["within"]);
}
