//! Checks that rings pass from thread to thread: ten thousand short threads need the memory of a few.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use trace_runtime::export::NullExporter;
use trace_runtime::{Telemetry, trace};

/// Counts the bytes that are allocated.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[trace]
fn leaf() -> u64 {
    1
}

#[trace(attrs(n))]
fn work(n: u64) -> u64 {
    (0..n).map(|_| leaf()).sum()
}

#[test]
fn ten_thousand_short_threads_do_not_grow_memory() {
    const RING: usize = 1 << 20;
    let telemetry =
        Telemetry::builder().without_env().with_exporter(NullExporter::new()).install().unwrap();
    let run = |threads: u64| {
        (0..threads).map(|_| std::thread::spawn(|| work(3)).join().unwrap()).sum::<u64>()
    };
    let mut leaves = run(100);
    let before = LIVE.load(Ordering::Relaxed);
    leaves += run(9_900);
    telemetry.force_flush(Duration::from_secs(30)).unwrap();
    let grown = LIVE.load(Ordering::Relaxed).saturating_sub(before);
    // The collector's own tables grow to what one sweep brings, and stay.
    assert!(grown < 16 * RING, "{grown} bytes more");
    let report = telemetry.shutdown(Duration::from_secs(30));
    assert_eq!(report.started, leaves + 10_000);
    assert!(report.is_lossless(), "{report}");
}
