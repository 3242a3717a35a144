//! Log lines in a span of the official stack: `tracing` with the layer of tracing-opentelemetry and OpenTelemetry's
//! bridge, and `log` with OpenTelemetry's bridge.

use std::sync::OnceLock;

use opentelemetry_appender_log::OpenTelemetryLogBridge;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, SdkLoggerProvider};
use tracing::info_span;
use tracing_subscriber::layer::SubscriberExt;

use super::tracing_otel::{self, Lean};
use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, NullExporter, Received};
use crate::lines;
use crate::operation::Operation;

/// The lean layer and both bridges.
#[derive(Debug)]
pub struct OfficialLogs;

static RECEIVED: Received = Received::new();
static LOGGERS: OnceLock<SdkLoggerProvider> = OnceLock::new();

/// As for spans: no line wakes the exporting thread.
fn loggers() -> SdkLoggerProvider {
    let config = BatchConfigBuilder::default();
    let config = config.with_max_queue_size(2_048).with_max_export_batch_size(2_048).build();
    let processor = BatchLogProcessor::builder(NullExporter(&RECEIVED)).with_batch_config(config);
    SdkLoggerProvider::builder().with_log_processor(processor.build()).build()
}

impl Candidate for OfficialLogs {
    fn name(&self) -> &'static str {
        "tracing-otel + appenders"
    }

    fn is_alone(&self) -> bool {
        true
    }

    fn install(&self, load: Load) {
        let loggers = LOGGERS.get_or_init(loggers);
        let subscriber = tracing_otel::registry(load, true);
        let subscriber = subscriber.with(OpenTelemetryTracingBridge::new(loggers));
        if tracing::subscriber::set_global_default(subscriber).is_err() {
            panic!("one process measures one subscriber of tracing");
        }
        lines::install(OpenTelemetryLogBridge::new(loggers));
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        lines::burst(operation, calls, |run| info_span!(parent: None, "parent").in_scope(run))
    }

    fn settle(&self) {
        Lean.settle();
        if let Some(loggers) = LOGGERS.get() {
            // A flush that fails shows up as lines that were lost.
            let _ = loggers.force_flush();
        }
    }

    fn received(&self) -> Counts {
        Counts { spans: Lean.received().spans, ..RECEIVED.counts() }
    }
}
