//! Tests that events become the same log records whether only exporters need them, which get copies of
//! their parts, or processors as well, which get records.
#![cfg(feature = "logs")]

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, LogProcessor, SdkLogRecord};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::logs::LogLimits;
use trace_runtime::{Baggage, Telemetry, TelemetryBuilder};
use tracing::{error, event, info, info_span, warn};
use tracing_subscriber::prelude::*;

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SdkLogRecord>>>);

impl LogExporter for Kept {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch.iter().map(|(record, _)| record.clone()));
        Ok(())
    }
}

/// A processor that changes nothing.
#[derive(Debug)]
struct Passes;

impl LogProcessor for Passes {
    fn emit(&self, _: &mut SdkLogRecord, _: &opentelemetry::InstrumentationScope) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no amount")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("before")?;
        panic!("while formatting")
    }
}

/// Logs while it is formatted, which `tracing` ignores.
struct Logs;

impl fmt::Display for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!("from within");
        f.write_str("logs")
    }
}

fn events() {
    let outer = Outer("x".parse::<u8>().unwrap_err());
    let outer: &(dyn std::error::Error + 'static) = &outer;
    info!("outside");
    let span = info_span!("span");
    span.in_scope(|| {
        info!(target: "shop", rows = 3, user = "ann", ratio = 0.5, ok = true, "found {}", 3);
        warn!(large = u64::MAX, small = i64::MIN, wide = 1_u128 << 90, empty = "", "é\n\u{1}");
        info!(panics = ?Panics, logs = %Logs, "formatted");
        error!(error = outer, "with an error");
        error!(error = outer);
        info!(name: "order.taken", id = 7);
        info!(a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, "many");
        info!("{}", "long ".repeat(100_000));
        log::info!(target: "bridged", "by log {}", 1);
        event!(parent: None, tracing::Level::DEBUG, "without a span");
    });
    event!(parent: &span, tracing::Level::TRACE, "of that span");
}

/// The records of [`events`], without what differs between two runs.
fn records(configure: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Vec<String> {
    let kept = Kept::default();
    let builder = Telemetry::builder().with_otel_log_exporter(kept.clone());
    let builder = builder.with_exporter(trace_runtime::export::NullExporter::new());
    let telemetry = configure(builder.without_metrics()).install().unwrap();
    let subscriber = tracing_subscriber::registry().with(trace_tracing::layer());
    tracing::subscriber::with_default(subscriber, events);
    let report = telemetry.shutdown(Duration::from_secs(20));
    let records = std::mem::take(&mut *kept.0.lock().unwrap());
    assert_eq!(report.logs.emitted, records.len() as u64);
    records.iter().map(shown).collect()
}

fn shown(record: &SdkLogRecord) -> String {
    assert!(record.timestamp().is_some() && record.observed_timestamp() >= record.timestamp());
    let of = record.trace_context().map(|context| {
        let is_valid = context.trace_id != opentelemetry::TraceId::INVALID;
        assert_eq!(is_valid, context.span_id != opentelemetry::SpanId::INVALID);
        (is_valid, context.trace_flags)
    });
    let attributes: Vec<_> = record.attributes_iter().collect();
    let shown = format!(
        "{:?} {:?} {:?} {:?} {of:?} {:?} {attributes:?}",
        record.severity_number(),
        record.severity_text(),
        record.target(),
        record.event_name(),
        record.body(),
    );
    // Parts are copied, so text that was static is not any more.
    shown.replace("Static(", "Owned(")
}

#[test]
fn parts_become_the_same_records() {
    tracing_log::LogTracer::init().unwrap();
    let limits = || LogLimits::default().with_attribute_count(5).with_attribute_value_length(2);
    let parts = records(|builder| builder);
    assert_eq!(parts.len(), 12);
    assert_eq!(parts, records(|builder| builder.with_log_processor(Passes)));
    let parts = records(|builder| builder.with_log_limits(limits()));
    let whole = records(|builder| builder.with_log_limits(limits()).with_log_processor(Passes));
    assert_eq!(parts, whole);
    let _attached = Baggage::new().with_entry("tenant", "t1").attach();
    let keys = ["tenant"];
    let parts = records(|builder| builder.with_baggage_log_attributes(keys));
    assert!(parts[0].contains("t1"), "{}", parts[0]);
    let whole = records(|it| it.with_baggage_log_attributes(keys).with_log_processor(Passes));
    assert_eq!(parts, whole);
}
