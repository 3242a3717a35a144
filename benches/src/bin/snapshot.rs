//! Measures what a snapshot of the recent spans takes beside a steady load: the time until it is pinned, the
//! rate at which it is written, and what the load loses meanwhile.

use std::error::Error;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use trace_benches::candidate::Candidate;
use trace_benches::operation::Operation;
use trace_benches::ours::Ours;
use trace_benches::report::table::{Style, table};
use trace_runtime::export::NullExporter;
use trace_runtime::sampling::TailSampling;
use trace_runtime::{Span, Telemetry};

const HELP: &str = "\
What a snapshot of the recent spans takes beside a load of traces with ten spans.

Usage: snapshot [OPTIONS]

  --seconds S  seconds of load before each snapshot (default 10, and 32 for the smaller load)
  --quick      half a second: does it run at all?
";

/// A load, and the memory of the recent spans.
struct Case {
    name: &'static str,
    per_second: f64,
    mebibytes: usize,
    seconds: f64,
}

const CASES: [Case; 2] = [
    Case { name: "16 MiB", per_second: 100_000.0, mebibytes: 16, seconds: 10.0 },
    Case { name: "64 MiB, 30 s", per_second: 10_000.0, mebibytes: 64, seconds: 32.0 },
];

/// The interval between two bursts of the load.
const TICK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(30);

/// What one process reports.
#[derive(Debug, Serialize, Deserialize)]
struct Figures {
    pinned_ms: f64,
    spans: usize,
    open: usize,
    written_per_second: f64,
    read_back: usize,
    started: u64,
    lost: u64,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut parser = lexopt::Parser::from_env();
    let (mut seconds, mut worker) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seconds") => seconds = Some(parser.value()?.parse()?),
            Long("quick") => seconds = Some(0.5),
            Long("worker") => worker = Some(parser.value()?.string()?),
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(name) = worker {
        let case = CASES.iter().find(|case| case.name == name).ok_or("no such case")?;
        let figures = measure(case, seconds.unwrap_or(case.seconds))?;
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(ExitCode::SUCCESS);
    }
    let header = [
        "recent spans",
        "load, spans/s",
        "spans",
        "open",
        "pinned, ms",
        "written, spans/s",
        "read back",
        "lost",
    ];
    let mut table = table(Style::Terminal, &header, 1);
    for case in &CASES {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--worker", case.name]);
        if let Some(seconds) = seconds {
            command.args(["--seconds", &seconds.to_string()]);
        }
        let output = command.stderr(std::process::Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{} ended with {}", case.name, output.status).into());
        }
        let figures: Figures = serde_json::from_slice(&output.stdout)?;
        table.add_row([
            case.name.to_owned(),
            format!("{:.0}", case.per_second),
            figures.spans.to_string(),
            figures.open.to_string(),
            format!("{:.1}", figures.pinned_ms),
            format!("{:.0}", figures.written_per_second),
            figures.read_back.to_string(),
            figures.lost.to_string(),
        ]);
    }
    println!("{table}");
    println!("asked: pinned within 10 ms, written at 200,000 spans/s and more, nothing lost");
    Ok(ExitCode::SUCCESS)
}

fn measure(case: &Case, seconds: f64) -> Result<Figures, Box<dyn Error>> {
    let recent = (case.mebibytes << 20, Duration::from_secs(30));
    let telemetry = Telemetry::builder()
        .without_env()
        .without_startup_line()
        .with_exporter(NullExporter::new())
        .with_tail_sampling(TailSampling::new(0.01).with_recent_spans(recent.0, recent.1))
        .install()?;
    let open: Vec<_> = (0..10).map(|_| Span::builder("open").start()).collect();
    let end = Instant::now() + Duration::from_secs_f64(seconds + 3.0);
    let (pinned, snapshot, took, read_back) = thread::scope(|scope| {
        scope.spawn(|| load(case.per_second, end));
        thread::sleep(Duration::from_secs_f64(seconds));
        let begin = Instant::now();
        let snapshot = telemetry.snapshot(PATIENCE)?;
        let pinned = begin.elapsed();
        let path = std::env::temp_dir().join(format!("snapshot-{}.jsonl", std::process::id()));
        let begin = Instant::now();
        snapshot.save(&path)?;
        let took = begin.elapsed();
        let text = std::fs::read_to_string(&path)?;
        std::fs::remove_file(&path)?;
        let mut read_back = 0;
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line)?;
            let scopes = line["resourceSpans"][0]["scopeSpans"].as_array().ok_or("no scopes")?;
            read_back +=
                scopes.iter().filter_map(|it| it["spans"].as_array()).map(Vec::len).sum::<usize>();
        }
        Ok::<_, Box<dyn Error>>((pinned, snapshot, took, read_back))
    })?;
    let is_open =
        |span: &trace_runtime::export::FinishedSpan<'_>| span.attribute("snapshot.open").is_some();
    let opened = snapshot.iter().filter(is_open).count();
    drop(open);
    let report = telemetry.shutdown(PATIENCE);
    Ok(Figures {
        pinned_ms: pinned.as_secs_f64() * 1e3,
        spans: snapshot.len(),
        open: opened,
        written_per_second: snapshot.len() as f64 / took.as_secs_f64(),
        read_back,
        started: report.started,
        lost: report.total_dropped(),
    })
}

/// Records traces until the end, at this rate.
fn load(per_second: f64, end: Instant) {
    let start = Instant::now();
    let mut made = 0.0;
    while Instant::now() < end {
        let due = start.elapsed().as_secs_f64() * per_second;
        while made < due {
            let calls = (per_second * TICK.as_secs_f64()).max(16.0) as u32;
            let burst = Ours.burst(Operation::Trace, calls).map_or(0, |burst| burst.records);
            made += burst as f64;
        }
        thread::sleep(TICK);
    }
}
