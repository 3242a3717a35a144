//! Measures many threads: beginning twice as many takes about twice as long, and once they have ended, a first
//! span waits for nothing. `cargo xtask threads` runs it with up to 20,000.

use crate::support::test_command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use trace_runtime::export::{NullExporter, QueueSettings};
use trace_runtime::{Telemetry, trace};

/// The number of threads of the largest run.
const THREADS: &str = "TRACE_RUNTIME_THREADS";
/// The task of a separate process: how many threads, and whether there is telemetry.
const RUN: &str = "TRACE_RUNTIME_THREADS_RUN";
/// As many threads are there at the same time, at most: systems have limits, of the mappings of a
/// process for example.
const AT_ONCE: usize = 10_000;
/// The number of rounds, of which the median counts; each runs every number of threads with telemetry and
/// without.
const ROUNDS: usize = 15;
const PATIENCE: Duration = Duration::from_secs(120);

#[trace]
fn work() {}

/// The times of a run.
struct Took {
    begin: Duration,
    first_span: Duration,
}

/// The same threads, without and with telemetry.
struct Round {
    plain: Took,
    traced: Took,
}

/// Begins `count` threads, each of which records a span.
fn run(count: usize, is_traced: bool) -> Took {
    let telemetry = is_traced.then(|| {
        Telemetry::builder()
            .without_env()
            .with_span_queue(QueueSettings::default().with_max_queue(1 << 20))
            .with_exporter(NullExporter::new())
            .install()
            .unwrap()
    });
    let waves = count.div_ceil(AT_ONCE);
    let begin = (0..waves).map(|_| begin(count / waves)).sum();
    let first = || {
        std::thread::spawn(|| {
            let begin = Instant::now();
            work();
            begin.elapsed()
        })
    };
    // While the collector takes back what the threads had, and each of these may be off its processor
    // for a moment.
    let mut waits: Vec<_> = (0..21).map(|_| first().join().unwrap()).collect();
    waits.sort();
    if let Some(telemetry) = telemetry {
        let report = telemetry.shutdown(PATIENCE);
        assert_eq!(report.started, count as u64 + 21, "{report}");
        assert!(report.is_balanced() && report.buffered == 0, "{report:?}");
        assert_eq!(report.total_dropped(), 0, "{report}");
    }
    Took { begin, first_span: waits[waits.len() / 2] }
}

/// Begins `count` threads that are there at the same time; returns the time that takes.
fn begin(count: usize) -> Duration {
    let gate = Arc::new((Mutex::new((0, false)), Condvar::new()));
    let begin = Instant::now();
    let threads: Vec<_> = (0..count)
        .map(|_| {
            let gate = gate.clone();
            let thread = std::thread::Builder::new().stack_size(64 * 1024);
            let body = move || {
                work();
                let (state, changed) = &*gate;
                let mut state = state.lock().unwrap();
                state.0 += 1;
                if state.0 == count {
                    changed.notify_all();
                }
                while !state.1 {
                    state = changed.wait(state).unwrap();
                }
            };
            thread.spawn(body).unwrap()
        })
        .collect();
    let (state, changed) = &*gate;
    let mut all = state.lock().unwrap();
    while all.0 < count {
        all = changed.wait(all).unwrap();
    }
    let took = begin.elapsed();
    all.1 = true;
    changed.notify_all();
    drop(all);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    took
}

/// Begins the threads in a separate process.
fn run_apart(count: usize, is_traced: bool) -> Took {
    let output = test_command("beginning_threads_takes_time_in_proportion")
        .env(RUN, format!("{count} {is_traced}"))
        .output()
        .unwrap();
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    let took = stdout.lines().find_map(|line| line.split_once("took "));
    let (_, took) = took.unwrap_or_else(|| panic!("{stdout}{stderr}"));
    let mut nanos = took.split(' ').map(|it| Duration::from_nanos(it.parse().unwrap()));
    Took { begin: nanos.next().unwrap(), first_span: nanos.next().unwrap() }
}

#[test]
fn beginning_threads_takes_time_in_proportion() {
    if let Ok(order) = std::env::var(RUN) {
        let (count, is_traced) = order.split_once(' ').unwrap();
        let took = run(count.parse().unwrap(), is_traced == "true");
        println!("took {} {}", took.begin.as_nanos(), took.first_span.as_nanos());
        return;
    }
    let wanted = std::env::var(THREADS).ok().map(|count| count.parse::<usize>().unwrap());
    let Some(count) = wanted else {
        // Counts are checked in any case; times only where there is nothing else to do.
        run_apart(600, true);
        return;
    };
    let counts = [count / 4, count / 2, count];
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            counts.map(|count| {
                let (plain, traced) = (run_apart(count, false), run_apart(count, true));
                let (begin, first) = (traced.begin, traced.first_span);
                let without = plain.begin;
                println!("{count} threads: {begin:?}, without telemetry {without:?}; first span {first:?}");
                Round { plain, traced }
            })
        })
        .collect();
    for more in 1..counts.len() {
        // Both of a round ran under the same conditions; other load differs from round to round.
        let ratio = |took: fn(&Round) -> &Took| {
            median(rounds.iter().map(|round| {
                let [fewer, more] = [more - 1, more].map(|at| took(&round[at]).begin.as_secs_f64());
                more / fewer
            }))
        };
        let (ratio, without) = (ratio(|round| &round.traced), ratio(|round| &round.plain));
        println!(
            "twice as many threads take {ratio:.2} times as long, without telemetry {without:.2}"
        );
        assert!(ratio <= 2.2, "{ratio}, without telemetry {without}");
        let first = median(rounds.iter().map(|round| round[more].traced.first_span.as_secs_f64()));
        assert!(first < 1e-3, "a first span took {first} s");
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
