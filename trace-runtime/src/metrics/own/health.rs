//! The health of telemetry itself, under the names of the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/) where they
//! have one.

use super::observe::observable;
use crate::export::operations;
use crate::loss::LossReport;
use crate::metrics::link::Link;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
#[cfg(feature = "config-file")]
use std::time::UNIX_EPOCH;

pub(super) type Count<'a> = &'a mut dyn FnMut(u64, &[KeyValue]);
pub(super) type Whole<'a> = &'a mut dyn FnMut(i64, &[KeyValue]);
type Real<'a> = &'a mut dyn FnMut(f64, &[KeyValue]);

pub(super) fn begin(meter: &Meter, link: &Link) {
    operations::begin(meter);
    spans(meter, link);
    measurements(meter, link);
    collector(meter, link);
    #[cfg(feature = "config-file")]
    file(meter, link);
    #[cfg(feature = "prometheus")]
    page(meter);
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
            Some(crate::export::prometheus::omitted())
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

#[cfg(feature = "config-file")]
fn file(meter: &Meter, link: &Link) {
    let own = link.clone();
    observable!(
        meter,
        u64_observable_gauge,
        "trace_runtime.config.version",
        "{version}",
        "How often a configuration file was put in force",
        move |tell: Count<'_>| {
            let file = own.running().and_then(|running| running.file());
            file.into_iter().for_each(|file| tell(file.version, &[]));
        }
    );
    let own = link.clone();
    observable!(
        meter,
        f64_observable_gauge,
        "trace_runtime.config.applied",
        "s",
        "When a configuration file was last put in force, in seconds since 1970",
        move |tell: Real<'_>| {
            let file = own.running().and_then(|running| running.file());
            let since = file.and_then(|file| file.applied.duration_since(UNIX_EPOCH).ok());
            since.into_iter().for_each(|since| tell(since.as_secs_f64(), &[]));
        }
    );
    let own = link.clone();
    observable!(
        meter,
        u64_observable_gauge,
        "trace_runtime.config.refused",
        "1",
        "Whether the last configuration file was refused: 1, or else 0",
        move |tell: Count<'_>| {
            let file = own.running().and_then(|running| running.file());
            file.into_iter().for_each(|file| tell(file.is_refused.into(), &[]));
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
