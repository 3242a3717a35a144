//! The process, by the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/system/process-metrics/).

use super::observe::observable;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use procfs::process::{Process, Stat};
use procfs::{Current, Uptime};

type Whole<'a> = &'a mut dyn FnMut(i64, &[KeyValue]);
type Real<'a> = &'a mut dyn FnMut(f64, &[KeyValue]);

pub(super) fn begin(meter: &Meter) {
    observable!(
        meter,
        f64_observable_counter,
        "process.cpu.time",
        "s",
        "Processor time that the process has used",
        |tell: Real<'_>| {
            let Some(stat) = stat() else { return };
            let ticks = procfs::ticks_per_second() as f64;
            tell(stat.utime as f64 / ticks, &[KeyValue::new("cpu.mode", "user")]);
            tell(stat.stime as f64 / ticks, &[KeyValue::new("cpu.mode", "system")]);
        }
    );
    observable!(
        meter,
        i64_observable_up_down_counter,
        "process.memory.usage",
        "By",
        "Physical memory that the process uses",
        |tell: Whole<'_>| {
            let Some(stat) = stat() else { return };
            tell((stat.rss * procfs::page_size()).cast_signed(), &[]);
        }
    );
    observable!(
        meter,
        i64_observable_up_down_counter,
        "process.memory.virtual",
        "By",
        "Virtual memory that the process has reserved",
        |tell: Whole<'_>| {
            let Some(stat) = stat() else { return };
            tell(stat.vsize.cast_signed(), &[]);
        }
    );
    observable!(
        meter,
        i64_observable_up_down_counter,
        "process.thread.count",
        "{thread}",
        "Threads of the process",
        |tell: Whole<'_>| {
            let Some(stat) = stat() else { return };
            tell(stat.num_threads, &[]);
        }
    );
    observable!(
        meter,
        i64_observable_up_down_counter,
        "process.open_file_descriptor.count",
        "{file_descriptor}",
        "Files that the process has open",
        |tell: Whole<'_>| {
            let Some(files) = Process::myself().and_then(|process| process.fd_count()).ok() else {
                return;
            };
            tell(files as i64, &[]);
        }
    );
    observable!(
        meter,
        f64_observable_gauge,
        "process.uptime",
        "s",
        "How long the process has been running",
        |tell: Real<'_>| {
            let (Some(stat), Ok(uptime)) = (stat(), Uptime::current()) else { return };
            let started = stat.starttime as f64 / procfs::ticks_per_second() as f64;
            tell((uptime.uptime - started).max(0.0), &[]);
        }
    );
}

/// The system's data on this process; `None` where there is no `/proc`.
fn stat() -> Option<Stat> {
    Process::myself().and_then(|process| process.stat()).ok()
}
