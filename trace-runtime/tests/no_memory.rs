//! Tests a lack of memory for the ring of a thread: it gets a smaller one, or none; losses are counted, and
//! the program continues.
#![cfg(all(target_os = "linux", feature = "metrics"))]
#![allow(unsafe_code, reason = "limits the memory of the process")]

use crate::support::is_alone;
use crate::support::metrics::Read;
use std::sync::Barrier;
use std::time::Duration;
use trace_runtime::export::NullExporter;
use trace_runtime::{
    Telemetry, in_span,
    loss::{DropReason, LossReport},
    metered, trace,
};

const MIB: u64 = 1 << 20;

#[trace(attrs(number))]
#[metered]
fn work(number: u64) {
    in_span("inner", |span| assert!(span.set_attribute("number", number).context().is_valid()));
}

/// The addresses that the process has in use, in bytes.
fn in_use() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').next().unwrap().parse::<u64>().unwrap() * 4096
}

fn limit(bytes: Option<u64>) {
    let soft = bytes.unwrap_or(libc::RLIM_INFINITY);
    let limit = libc::rlimit { rlim_cur: soft, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the limit is there for the time of the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
}

/// Makes four threads record for the first time while the process may use no more than `spare` bytes on
/// top; returns the report of that, and the number of measured calls.
fn record_within(spare: u64, ring_bytes: u64) -> (LossReport, f64) {
    // The arena of a thread has more addresses than it uses, of which a ring could be made.
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a parameter of the allocator.
    assert_eq!(unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) }, 1);
    let (reader, read) = Read::reader();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_ring_bytes(ring_bytes as usize)
        // So that rings are as large as that.
        .with_memory_limit(usize::MAX)
        .with_exporter(NullExporter::new())
        .with_metric_reader(reader)
        .install()
        .unwrap();
    let [ready, limited, done] = [(); 3].map(|()| Barrier::new(5));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                ready.wait();
                limited.wait();
                (0..2_000).for_each(work);
                done.wait();
            });
        }
        ready.wait();
        limit(Some(in_use() + spare));
        limited.wait();
        done.wait();
        limit(None);
    });
    telemetry.force_flush(Duration::from_secs(30)).unwrap();
    let calls = read.sum("function.calls", &[("function", "work")]);
    (telemetry.shutdown(Duration::from_secs(30)), calls)
}

/// Sanitizers take whatever addresses there are.
fn is_sanitized() -> bool {
    std::env::var_os("ASAN_OPTIONS").is_some()
}

fn assert_exact(report: &LossReport, calls: f64) {
    assert_eq!((report.started, calls), (16_000, 8_000.0), "{report}");
    assert!(report.is_balanced() && report.buffered == 0, "{report:?}");
}

#[test]
fn a_smaller_ring_does() {
    if is_sanitized() || !is_alone("a_smaller_ring_does") {
        return;
    }
    let (report, calls) = record_within(80 * MIB, 512 * MIB);
    assert_exact(&report, calls);
    assert_eq!(report.total_dropped(), 0, "{report}");
}

#[test]
fn without_a_ring_spans_are_counted() {
    if is_sanitized() || !is_alone("without_a_ring_spans_are_counted") {
        return;
    }
    let (report, calls) = record_within(24 * MIB, 8 << 30);
    assert_exact(&report, calls);
    let without = report.dropped.get(&DropReason::NoMemory);
    // The allocator may have had enough for one of them.
    assert!(without.is_some_and(|&without| without >= 12_000), "{report}");
    assert_eq!(without, Some(&report.total_dropped()), "{report}");
}
