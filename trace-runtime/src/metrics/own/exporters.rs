//! The health of the exporters of spans and logs, and of the queues before them.

use super::health::{Count, Whole, report};
use super::observe::observable;
use crate::export::operations::component;
use crate::loss::{DropReason, ExporterReport, LossReport};
use crate::metrics::link::{Link, PipelineView};
use opentelemetry::metrics::Meter;

/// The metrics of one signal: measured alike, named differently.
struct Exports {
    exported: &'static str,
    processed: &'static str,
    size: &'static str,
    capacity: &'static str,
    unit: &'static str,
    exporters: fn(LossReport) -> Vec<ExporterReport>,
    capacities: fn(&dyn PipelineView) -> Vec<(String, usize)>,
}

const SPANS: Exports = Exports {
    exported: "otel.sdk.exporter.span.exported",
    processed: "otel.sdk.processor.span.processed",
    size: "otel.sdk.processor.span.queue.size",
    capacity: "otel.sdk.processor.span.queue.capacity",
    unit: "{span}",
    exporters: |report| report.exporters,
    capacities: |running| running.capacities(),
};

#[cfg(feature = "logs")]
const LOGS: Exports = Exports {
    exported: "otel.sdk.exporter.log.exported",
    processed: "otel.sdk.processor.log.processed",
    size: "otel.sdk.processor.log.queue.size",
    capacity: "otel.sdk.processor.log.queue.capacity",
    unit: "{log_record}",
    exporters: |report| report.logs.exporters,
    capacities: |running| running.log_capacities(),
};

pub(super) fn begin(meter: &Meter, link: &Link) {
    of(meter, link, &SPANS);
    #[cfg(feature = "logs")]
    of(meter, link, &LOGS);
}

fn of(meter: &Meter, link: &Link, signal: &'static Exports) {
    let exporters = |link: &Link| report(link).map(signal.exporters).unwrap_or_default();
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        signal.exported,
        signal.unit,
        "What an exporter is done with, delivered or failed",
        move |tell: Count<'_>| {
            for exporter in exporters(&own) {
                tell(exporter.exported, &component(&exporter.name, None));
                let failed = |reason: &DropReason| *reason != DropReason::QueueFull;
                for (&reason, &count) in exporter.dropped.iter().filter(|(it, _)| failed(it)) {
                    tell(count, &component(&exporter.name, Some(reason)));
                }
            }
        }
    );
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        signal.processed,
        signal.unit,
        "What left the queue before an exporter, or found it full",
        move |tell: Count<'_>| {
            for exporter in exporters(&own) {
                let full = exporter.dropped.get(&DropReason::QueueFull).copied().unwrap_or(0);
                let dropped: u64 = exporter.dropped.values().sum();
                let processed = exporter.exported + dropped - full;
                tell(processed, &component(&exporter.name, None));
                if full > 0 {
                    tell(full, &component(&exporter.name, Some(DropReason::QueueFull)));
                }
            }
        }
    );
    let own = link.clone();
    observable!(
        meter,
        i64_observable_up_down_counter,
        signal.size,
        signal.unit,
        "What waits for an exporter, or is in its hands",
        move |tell: Whole<'_>| {
            for exporter in exporters(&own) {
                tell(exporter.queued as i64, &component(&exporter.name, None));
            }
        }
    );
    let own = link.clone();
    observable!(
        meter,
        i64_observable_up_down_counter,
        signal.capacity,
        signal.unit,
        "For how much the queue before an exporter has room",
        move |tell: Whole<'_>| {
            let running = own.running();
            for (name, room) in running.iter().flat_map(|it| (signal.capacities)(&**it)) {
                tell(i64::try_from(room).unwrap_or(i64::MAX), &component(&name, None));
            }
        }
    );
}
