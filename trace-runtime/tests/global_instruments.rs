//! Instruments that libraries make of the provider that is global.
#![cfg(feature = "metrics")]

use crate::support::is_alone;
use opentelemetry::global;
use opentelemetry::metrics::{Counter, MeterProvider};
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use trace_runtime::metrics::GlobalInstruments;

fn requests(provider: &dyn MeterProvider) -> Counter<u64> {
    provider.meter("fetcher").u64_counter("requests").build()
}

/// One test, because it replaces what is global.
#[test]
fn instruments_are_made_once_for_each_provider() {
    if !is_alone("instruments_are_made_once_for_each_provider") {
        return;
    }
    let made = AtomicUsize::new(0);
    let instruments = GlobalInstruments::new();
    let get = || {
        instruments.get(|provider| {
            made.fetch_add(1, Ordering::Relaxed);
            requests(provider)
        })
    };
    // Before any telemetry is installed.
    assert!(Arc::ptr_eq(&get(), &get()));
    assert_eq!(made.load(Ordering::Relaxed), 1);

    for expected in [2, 3] {
        let provider = SdkMeterProvider::builder().with_reader(ManualReader::default()).build();
        global::set_meter_provider(provider);
        assert!(Arc::ptr_eq(&get(), &get()));
        assert_eq!(made.load(Ordering::Relaxed), expected);
    }

    // Of threads that find none at the same time, all get the instruments of one.
    for _ in 0..100 {
        let (instruments, barrier) = (GlobalInstruments::new(), Barrier::new(4));
        let got: Vec<_> = thread::scope(|scope| {
            let get = || {
                barrier.wait();
                instruments.get(requests)
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(get)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(got.iter().all(|it| Arc::ptr_eq(it, &got[0])));
    }
}
