//! oxtel: spans and log lines of `tracing`, lines of `log`, and metrics of `metrics`, by its builder. Where logs are
//! exported, its events are log records, those of errors too.

use std::collections::HashMap;
use std::sync::OnceLock;

use oxtel::Guard;
use oxtel::sdk::export::{BatchConfig, ExportError};
use oxtel::sdk::logs::{LogExporter, LogRecord};
use oxtel::sdk::metrics::PointValue;
use oxtel::sdk::trace::{SpanData, SpanExporter};
use oxtel::{Resource, propagation};
use tracing::info_span;

use super::metrics_rs::MetricsRs;
use super::otel_metrics::BOUNDARIES;
use super::tracing_otel;
use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, Received};
use crate::export::counters::{CALLS, DURATIONS, ORDERS};
use crate::lines;
use crate::operation::{Operation, Signal};

/// oxtel.
#[derive(Debug)]
pub struct Oxtel;

static RECEIVED: Received = Received::new();
static GUARD: OnceLock<Guard> = OnceLock::new();

struct Null;

impl SpanExporter for Null {
    fn export(&self, batch: &[SpanData], _: &Resource) -> Result<(), ExportError> {
        RECEIVED.add(Counts {
            spans: batch.len() as u64,
            children: batch.iter().filter(|span| span.parent_span_id.is_some()).count() as u64,
            attributes: batch.iter().map(|span| span.attributes.len() as u64).sum(),
            events: batch.iter().map(|span| span.events.len() as u64).sum(),
            ..Counts::default()
        });
        Ok(())
    }
}

impl LogExporter for Null {
    fn export(&self, batch: &[LogRecord], _: &Resource) -> Result<(), ExportError> {
        RECEIVED.add(Counts { logs: batch.len() as u64, ..Counts::default() });
        Ok(())
    }
}

/// The settings that the SDK gets.
fn batches(load: Load) -> BatchConfig {
    let (max_queue_size, max_export_batch_size) = match load {
        Load::Burst => (2_048, 2_048),
        Load::Sustained => (65_536, 512),
    };
    BatchConfig { max_queue_size, max_export_batch_size, ..BatchConfig::default() }
}

/// Calls and orders so far.
fn counted(guard: &Guard) -> u64 {
    let families = guard.meter_provider().map(|meters| meters.collect()).unwrap_or_default();
    let counters = families.iter().filter(|family| [CALLS, ORDERS].contains(&&*family.name));
    let values = counters.flat_map(|family| &family.points).map(|point| match point.value {
        PointValue::Counter(value) => value,
        _ => 0,
    });
    values.sum()
}

fn unsampled(calls: u32) -> Option<Burst> {
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00".to_owned();
    let carrier = HashMap::from([("traceparent".to_owned(), caller)]);
    let parent = {
        let _caller = propagation::extract_parent(&carrier);
        info_span!("parent")
    };
    Some(Burst { records: 0, ..parent.in_scope(|| tracing_otel::burst(Operation::Child, calls))? })
}

impl Candidate for Oxtel {
    fn name(&self) -> &'static str {
        "oxtel"
    }

    fn is_alone(&self) -> bool {
        true
    }

    fn install(&self, load: Load) {
        let installed = oxtel::builder()
            .without_env_exporters()
            .without_local_logs()
            .with_pull_metrics()
            .with_traces(move |traces| traces.with_batch_exporter_config(Null, batches(load)))
            .with_logs(move |logs| logs.with_batch_exporter_config(Null, batches(load)))
            .with_metrics(|metrics| metrics.with_histogram_buckets(DURATIONS, &BOUNDARIES))
            .install();
        match installed {
            Ok(guard) => assert!(GUARD.set(guard).is_ok(), "oxtel is installed twice"),
            Err(error) => panic!("oxtel was not installed: {error}"),
        }
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        match (operation, operation.signal()) {
            (Operation::Unsampled, _) => unsampled(calls),
            (Operation::Error, _) => {
                let burst = tracing_otel::burst(operation, calls)?;
                // For each span a record of its error; not for the parent.
                Some(Burst { records: 2 * burst.records - 1, ..burst })
            }
            (_, Signal::Spans) => tracing_otel::burst(operation, calls),
            (_, Signal::Metrics) => MetricsRs.burst(operation, calls),
            (_, Signal::Logs) => lines::burst(operation, calls, |run| {
                info_span!(parent: None, "parent").in_scope(run)
            }),
        }
    }

    fn settle(&self) {
        if let Some(guard) = GUARD.get() {
            // A flush that fails shows up as records that were lost.
            let _ = guard.force_flush();
        }
    }

    fn received(&self) -> Counts {
        Counts { counted: GUARD.get().map_or(0, counted), ..RECEIVED.counts() }
    }
}
