//! A steady load: spans of one kind at a given rate over seconds, one thread producing and whatever the
//! candidate has behind it consuming. What does not reach the exporter is lost.

use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::candidate::{Candidate, Load};
use crate::operation::Operation;
use crate::usage::{memory, processor_time};

/// A steady load.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// What is recorded.
    pub operation: Operation,
    /// Spans per second.
    pub per_second: f64,
    /// For how long.
    pub seconds: f64,
    /// How often the producer wakes. It makes up for lost time, so that a late wake-up means a
    /// larger burst.
    pub tick: Duration,
}

/// What became of the load.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sustained {
    /// The candidate.
    pub candidate: String,
    /// Seconds of load.
    pub seconds: f64,
    /// Spans per second that were asked for.
    pub asked_per_second: f64,
    /// Calls per second that were made.
    pub reached_per_second: f64,
    /// Spans started.
    pub spans: u64,
    /// Spans that did not reach the exporter.
    pub lost: u64,
    /// Processor time of the whole process per call, in nanoseconds.
    pub processor_ns_per_span: f64,
    /// The most memory that was ever resident, in KiB.
    pub peak_kib: u64,
}

/// Installs the candidate and loads it.
pub fn run(candidate: &dyn Candidate, pace: Pace) -> Option<Sustained> {
    candidate.install(Load::Sustained);
    load(candidate, pace)
}

/// Loads a candidate that is installed.
pub fn load(candidate: &dyn Candidate, pace: Pace) -> Option<Sustained> {
    // One burst per tick, less its warm-up and its parent.
    let per_tick = pace.per_second * pace.tick.as_secs_f64();
    let calls = (per_tick * 16.0 / 17.0).max(16.0) as u32;
    let received_before = candidate.received().spans;
    let used_before = processor_time();
    let start = Instant::now();
    let elapsed = || start.elapsed().as_secs_f64();
    let (mut spans, mut made) = (0, 0.0);
    let mut tick = start;
    while elapsed() < pace.seconds {
        let due = elapsed() * pace.per_second;
        while made < due && elapsed() < pace.seconds {
            let burst = candidate.burst(pace.operation, calls)?;
            spans += burst.records;
            made += (burst.records as f64).max(per_tick);
        }
        tick += pace.tick;
        match tick.checked_duration_since(Instant::now()) {
            Some(wait) => thread::sleep(wait),
            None => tick = Instant::now(),
        }
    }
    let seconds = elapsed();
    candidate.settle();
    let used = processor_time() - used_before;
    let received = candidate.received().spans - received_before;
    Some(Sustained {
        candidate: candidate.name().to_owned(),
        seconds,
        asked_per_second: pace.per_second,
        reached_per_second: made / seconds,
        spans,
        lost: spans.saturating_sub(received),
        processor_ns_per_span: used.as_secs_f64() * 1e9 / made,
        peak_kib: memory().peak_kib,
    })
}
