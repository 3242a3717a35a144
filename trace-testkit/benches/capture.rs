//! Measures set-up and tear-down of a capture, alone and among others.
//!
//! `cargo bench -p trace-testkit --bench capture`; with `-- --test` it only runs.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};
use trace_runtime::in_span;
use trace_testkit::{Capture, capture};

fn main() {
    let rounds = if std::env::args().any(|argument| argument == "--test") { 10 } else { 2_000 };
    drop(capture()); // The first installs the pipeline.
    let cases: [(&str, fn()); 4] = [
        ("a capture", || drop(black_box(capture()))),
        ("a capture of a span, read once", || {
            let t = capture();
            in_span("work", |_| ());
            assert_eq!(t.spans().len(), 1);
        }),
        ("the same, live", || {
            let t = Capture::builder().live().start();
            in_span("work", |_| ());
            assert_eq!(t.spans().len(), 1);
        }),
        ("a capture of 1,000 spans, read once", || {
            let t = capture();
            (0..1_000).for_each(|_| in_span("work", |_| ()));
            assert_eq!(t.spans().len(), 1_000);
        }),
    ];
    println!("{:<40}{:>12}{:>12}{:>18}", "microseconds", "median", "p99", "median, 64 beside");
    for (name, case) in cases {
        let alone = sorted(rounds, case);
        let beside = among_others(rounds / 10, case);
        println!(
            "{name:<40}{:>12.1}{:>12.1}{:>18.1}",
            micros(alone[alone.len() / 2]),
            micros(alone[alone.len() * 99 / 100]),
            micros(beside[beside.len() / 2]),
        );
    }
}

fn sorted(rounds: usize, case: fn()) -> Vec<Duration> {
    let mut times: Vec<_> = (0..rounds)
        .map(|_| {
            let before = Instant::now();
            case();
            before.elapsed()
        })
        .collect();
    times.sort();
    times
}

/// While 64 captures of other tests are alive, which is what parallel tests make.
fn among_others(rounds: usize, case: fn()) -> Vec<Duration> {
    let others: Vec<_> = (0..64).map(|_| Capture::builder().start_elsewhere()).collect();
    let times = thread::scope(|scope| scope.spawn(|| sorted(rounds.max(1), case)).join());
    drop(others);
    times.unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
