//! The health of telemetry itself, under the names of the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/) where they
//! have one.

use super::{KeyValue, Link, Meter, exporters, observable};
use crate::loss::{DropReason, LossReport};
use crate::recorder::fork;
use opentelemetry::metrics::{Counter, Histogram};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

pub(super) type Count<'a> = &'a mut dyn FnMut(u64, &[KeyValue]);
pub(super) type Whole<'a> = &'a mut dyn FnMut(i64, &[KeyValue]);
type Real<'a> = &'a mut dyn FnMut(f64, &[KeyValue]);

/// What is measured when it happens, and not when somebody reads.
struct Instruments {
    operations: Histogram<f64>,
    collections: Histogram<f64>,
    points: Counter<u64>,
}

/// Of the pipeline that is running, or that ran last.
static INSTRUMENTS: RwLock<Option<Instruments>> = RwLock::new(None);

/// Has forks wait until no other thread is in here; the instruments are the parent's.
pub(super) fn keep_over_forks() {
    fork::keep(&INSTRUMENTS, |instruments| std::mem::forget(instruments.take()));
}

pub(super) fn begin(meter: &Meter, link: &Link) {
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
    spans(meter, link);
    measurements(meter, link);
    exporters::begin(meter, link);
    collector(meter, link);
    #[cfg(feature = "prometheus")]
    page(meter);
}

/// An exporter is done with a batch; `points`: how many of them were delivered and lost, if it
/// exports metrics.
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

/// A reader has collected all metrics.
pub(crate) fn collected(time: Duration, failed: bool) {
    let instruments = INSTRUMENTS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(instruments) = &*instruments else { return };
    let error = failed.then(|| KeyValue::new("error.type", "collection_failed"));
    instruments.collections.record(time.as_secs_f64(), error.as_slice());
}

pub(super) fn component(name: &str, error: Option<DropReason>) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new("otel.component.name", name.to_owned())];
    attributes.extend(error.map(|reason| KeyValue::new("error.type", reason.as_str())));
    attributes
}

/// Calls with a report, if the pipeline runs.
pub(super) fn report(link: &Link) -> Option<LossReport> {
    link.running().map(|running| running.report())
}

fn spans(meter: &Meter, link: &Link) {
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        "otel.sdk.span.started",
        "{span}",
        "Spans that began to be recorded",
        move |tell: Count<'_>| report(&own).into_iter().for_each(|it| tell(it.started, &[]))
    );
    let own = link.clone();
    observable!(
        meter,
        i64_observable_up_down_counter,
        "otel.sdk.span.live",
        "{span}",
        "Spans that are open or on their way to the exporters",
        move |tell: Whole<'_>| {
            report(&own).into_iter().for_each(|it| tell(it.buffered as i64, &[]));
        }
    );
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        "trace_runtime.span.dropped",
        "{span}",
        "Spans that were dropped before the exporters",
        move |tell: Count<'_>| {
            for (reason, count) in report(&own).into_iter().flat_map(|report| report.dropped) {
                tell(count, &[KeyValue::new("reason", reason.as_str())]);
            }
        }
    );
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        "trace_runtime.span.detail.dropped",
        "{detail}",
        "Events, late attributes and links that were dropped",
        move |tell: Count<'_>| {
            report(&own).into_iter().for_each(|it| tell(it.dropped_details, &[]));
        }
    );
}

#[cfg(feature = "prometheus")]
fn page(meter: &Meter) {
    observable!(
        meter,
        u64_observable_gauge,
        "trace_runtime.prometheus.series.omitted",
        "{series}",
        "Series for which the last page had no place, because others have their names",
        move |tell: Count<'_>| {
            Some(crate::metrics::prometheus_omitted())
                .filter(|it| *it > 0)
                .into_iter()
                .for_each(|it| tell(it, &[]));
        }
    );
}

fn measurements(meter: &Meter, link: &Link) {
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        "trace_runtime.measurement.dropped",
        "{measurement}",
        "Measured calls and business values that are in no metric",
        move |tell: Count<'_>| {
            let dropped = report(&own).into_iter().flat_map(|report| report.measurements.dropped);
            for (reason, count) in dropped {
                tell(count, &[KeyValue::new("reason", reason.as_str())]);
            }
        }
    );
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        "trace_runtime.measurement.overflowed",
        "{measurement}",
        "Measured calls and business values beyond the limit of series",
        move |tell: Count<'_>| {
            report(&own).into_iter().for_each(|it| tell(it.measurements.overflowed, &[]));
        }
    );
}

fn collector(meter: &Meter, link: &Link) {
    let own = link.clone();
    observable!(
        meter,
        u64_observable_counter,
        "trace_runtime.record.read",
        "{record}",
        "Records that the collector has read",
        move |tell: Count<'_>| {
            own.running().into_iter().for_each(|it| tell(it.vitals().records(), &[]));
        }
    );
    let own = link.clone();
    observable!(
        meter,
        f64_observable_gauge,
        "trace_runtime.ring.fill.highest",
        "1",
        "How full the fullest ring has been, of 1",
        move |tell: Real<'_>| {
            own.running().into_iter().for_each(|it| tell(it.vitals().fullest(), &[]));
        }
    );
    let own = link.clone();
    observable!(
        meter,
        f64_observable_gauge,
        "trace_runtime.collector.lag",
        "s",
        "How long a record waited for the collector at most, since this was last read",
        move |tell: Real<'_>| {
            own.running().into_iter().for_each(|it| tell(it.vitals().take_lag(), &[]));
        }
    );
}
