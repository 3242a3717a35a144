//! Measures exports and collections while they happen, under the names of the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/).

use crate::loss::DropReason;
use crate::recorder::fork;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// The synchronous instruments.
struct Instruments {
    operations: Histogram<f64>,
    collections: Histogram<f64>,
    points: Counter<u64>,
}

/// The instruments of the pipeline that is running, or that ran last.
static INSTRUMENTS: RwLock<Option<Instruments>> = RwLock::new(None);

/// Makes forks wait until no other thread uses the instruments; those are the parent's.
pub(crate) fn keep_over_forks() {
    fork::keep(&INSTRUMENTS, |instruments| std::mem::forget(instruments.take()));
}

/// Creates the instruments of a new pipeline.
pub(crate) fn begin(meter: &Meter) {
    let seconds = |name, description| {
        let bounds = vec![0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
        let histogram = meter.f64_histogram(name).with_unit("s").with_description(description);
        histogram.with_boundaries(bounds).build()
    };
    let instruments = Instruments {
        operations: seconds(
            "otel.sdk.exporter.operation.duration",
            "How long an exporter took for one batch",
        ),
        collections: seconds(
            "otel.sdk.metric_reader.collection.duration",
            "How long a reader took to collect all metrics",
        ),
        points: meter
            .u64_counter("otel.sdk.exporter.metric_data_point.exported")
            .with_unit("{data_point}")
            .with_description("Data points that an exporter is done with, delivered or failed")
            .build(),
    };
    *INSTRUMENTS.write().unwrap_or_else(PoisonError::into_inner) = Some(instruments);
}

/// Records that an exporter has finished a batch; `points` are the numbers delivered and lost, for an
/// exporter of metrics.
pub(crate) fn operated(
    exporter: &str,
    time: Duration,
    error: Option<DropReason>,
    points: Option<[u64; 2]>,
) {
    let instruments = INSTRUMENTS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(instruments) = &*instruments else { return };
    instruments.operations.record(time.as_secs_f64(), &component(exporter, error));
    if let Some([delivered, lost]) = points {
        if delivered > 0 {
            instruments.points.add(delivered, &component(exporter, None));
        }
        if lost > 0 {
            let error = error.or(Some(DropReason::ExportFailed));
            instruments.points.add(lost, &component(exporter, error));
        }
    }
}

/// Records that a reader has collected all metrics.
pub(crate) fn collected(time: Duration, failed: bool) {
    let instruments = INSTRUMENTS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(instruments) = &*instruments else { return };
    let error = failed.then(|| KeyValue::new("error.type", "collection_failed"));
    instruments.collections.record(time.as_secs_f64(), error.as_slice());
}

pub(crate) fn component(name: &str, error: Option<DropReason>) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new("otel.component.name", name.to_owned())];
    attributes.extend(error.map(|reason| KeyValue::new("error.type", reason.as_str())));
    attributes
}
