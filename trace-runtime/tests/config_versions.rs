//! Tests that a reload is one version: a trace is decided by one file, from its head to its tail, also under load.
//!
//! `cargo xtask reload` runs this with a thousand files.
#![cfg(feature = "config-file")]

use crate::support::counts::Counts;
use crate::support::files::Folder;
use crate::support::{is_alone, record};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use trace_runtime::in_span;
use trace_runtime::plugin::Plugin;
use trace_runtime::sampling::{
    Decision, Sampler, SamplingAttribute, SamplingInput, SamplingResult,
};
use trace_testkit::force::FaultyExporter;

const LONG: Duration = Duration::from_secs(20);

/// Records everything, with the mark of its file.
#[derive(Debug)]
struct Marks(String);

impl Sampler for Marks {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        Decision::RecordAndSample
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let mark = SamplingAttribute::new("head", self.0.clone());
        SamplingResult::from(self.sample(input)).with_attributes([mark])
    }
}

fn marks() -> Plugin {
    Plugin::sampler("marks", |properties| {
        let mark = properties.node().get("mark").and_then(|mark| mark.as_str());
        let mark = mark.ok_or_else(|| properties.error("mark", "it is required"))?;
        Ok(Marks(mark.to_owned()))
    })
}

/// Returns a file whose tail keeps what its own head has marked, and nothing else.
fn file(mark: &str, exporter: &str) -> String {
    format!(
        "file_format: '1.2'
tracer_provider:
  processors: [{{ batch: {{ schedule_delay: 10, max_queue_size: 65536, exporter: {{ {exporter}: }} }} }}]
  sampler: {{ marks: {{ mark: {mark} }} }}
distribution:
  trace-rs:
    tail_sampling: {{ share: 0, errors: false, attributes: [{{ key: head, pattern: {mark} }}] }}
"
    )
}

#[test]
fn a_trace_has_the_head_and_the_tail_of_one_file() {
    if !is_alone("a_trace_has_the_head_and_the_tail_of_one_file") {
        return;
    }
    let folder = Folder::new();
    folder.write(&file("first", "console"));
    let exporter = FaultyExporter::new();
    let builder = folder.builder().with_plugin(marks()).with_exporter(exporter);
    let telemetry = builder.install().unwrap();
    let handle = telemetry.config_handle();
    let (stop, version) = (AtomicBool::new(false), AtomicU64::new(0));
    let is_over = || stop.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        // Traces that are over at once.
        scope.spawn(|| {
            for _ in 0..20_000 {
                record(1);
                if is_over() {
                    break;
                }
            }
        });
        // Traces that are open while files change.
        scope.spawn(|| {
            while !is_over() {
                in_span("held", |_| {
                    let begun = version.load(Ordering::Relaxed);
                    while version.load(Ordering::Relaxed) < begun + 3 && !is_over() {
                        std::thread::yield_now();
                    }
                    in_span("late", |_| ());
                });
            }
        });
        for number in 0..200 {
            folder.write(&file(["second", "third", "first"][number % 3], "console"));
            assert!(handle.reload().unwrap());
            version.fetch_add(1, Ordering::Relaxed);
        }
        stop.store(true, Ordering::Relaxed);
    });
    let report = telemetry.shutdown(LONG);
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
    assert!(report.dropped.is_empty(), "torn: {report}");
    assert_eq!(report.exporters[0].exported, report.started, "{report}");
}

/// Returns the duration that this share of the others do not exceed.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len() - 1)).copied().unwrap_or_default()
}

#[test]
fn files_change_under_load() {
    let files = std::env::var("TRACE_RUNTIME_RELOADS").ok();
    // The command runs nothing else, and prints the figures.
    if files.is_none() && !is_alone("files_change_under_load") {
        return;
    }
    // Spans of a thread in a millisecond; there are two threads. A build without optimization is slower.
    let spans = if files.is_some() { 25 } else { 5 };
    let files: usize = files.map_or(100, |files| files.parse().unwrap());
    let counts: [Arc<AtomicU64>; 2] = Default::default();
    let folder = Folder::new();
    folder.write(&file("first", "even"));
    let builder = ["even", "odd"].into_iter().zip(&counts).fold(
        folder.builder().with_plugin(marks()),
        |builder, (name, count)| {
            let count = count.clone();
            builder
                .with_plugin(Plugin::span_exporter(name, move |_| Ok(Counts(name, count.clone()))))
        },
    );
    let telemetry = builder.install().unwrap();
    let handle = telemetry.config_handle();
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let (mut good, mut broken) = (Vec::new(), Vec::new());
    let recorded: u64 = std::thread::scope(|scope| {
        let load = || {
            let mut recorded = 0;
            for millisecond in 1.. {
                record(spans - 1);
                recorded += spans as u64;
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let next = Duration::from_millis(millisecond);
                std::thread::sleep(next.saturating_sub(begun.elapsed()));
            }
            recorded
        };
        let threads = [scope.spawn(load), scope.spawn(load)];
        for number in 1..=files {
            let mark = ["first", "second", "third"][number % 3];
            let text = file(mark, ["even", "odd"][number / 2 % 2]);
            let is_broken = number % 2 == 0;
            folder.write(&if is_broken { text.replace("share: 0", "share: 7") } else { text });
            let begin = Instant::now();
            let result = handle.reload();
            let times = if is_broken { &mut broken } else { &mut good };
            times.push(begin.elapsed());
            assert_eq!(result.is_err(), is_broken, "{number}");
            let in_force = telemetry.sampling().tail().unwrap();
            let last_good = ["first", "second", "third"][(number - usize::from(is_broken)) % 3];
            assert!(format!("{in_force:?}").contains(last_good), "{number}: {in_force:?}");
        }
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let version = telemetry.health().configuration.unwrap().version;
    let report = telemetry.shutdown(LONG);
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
    assert!(report.dropped.is_empty(), "torn: {report}");
    let exported = counts.map(|count| count.load(Ordering::Relaxed));
    assert_eq!((report.started, exported.iter().sum::<u64>()), (recorded, recorded), "{report}");
    assert_eq!(version, 1 + good.len() as u64);
    let rate = recorded as f64 / seconds;
    println!("{files} files in {seconds:.1} s, of which {} were broken and refused", broken.len());
    println!(
        "{recorded} spans started ({rate:.0}/s), {exported:?} exported by two exporters, none lost"
    );
    for (what, mut times) in [("put in force", good), ("refused", broken)] {
        times.sort();
        let [half, most, worst] = [0.5, 0.99, 1.0].map(|share| percentile(&times, share));
        println!("{what} within {half:.1?} (p50), {most:.1?} (p99), {worst:.1?} (max)");
    }
}
