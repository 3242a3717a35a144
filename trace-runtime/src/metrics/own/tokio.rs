//! The tokio runtime in which telemetry was installed, by what tokio keeps stable.

use super::observe::observable;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use tokio::runtime::Handle;

type Tell<'a> = &'a mut dyn FnMut(i64, &[KeyValue]);

pub(super) fn begin(meter: &Meter) {
    let Ok(runtime) = Handle::try_current() else { return };
    let metrics = runtime.metrics();
    observable!(
        meter,
        i64_observable_up_down_counter,
        "tokio.runtime.workers",
        "{thread}",
        "Worker threads of the tokio runtime",
        move |tell: Tell<'_>| tell(metrics.num_workers() as i64, &[])
    );
    let metrics = runtime.metrics();
    observable!(
        meter,
        i64_observable_up_down_counter,
        "tokio.runtime.tasks.alive",
        "{task}",
        "Tasks that have not ended",
        move |tell: Tell<'_>| tell(metrics.num_alive_tasks() as i64, &[])
    );
    let metrics = runtime.metrics();
    observable!(
        meter,
        i64_observable_up_down_counter,
        "tokio.runtime.global_queue.depth",
        "{task}",
        "Tasks that wait in the queue of all workers",
        move |tell: Tell<'_>| tell(metrics.global_queue_depth() as i64, &[])
    );
}
