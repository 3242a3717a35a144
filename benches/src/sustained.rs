//! A steady load: spans at a given rate over seconds, three attributes each, one thread producing
//! and whatever the candidate has behind it consuming. What does not reach the exporter is lost.

use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::candidate::{Candidate, Load};
use crate::operation::Operation;
use crate::usage::{memory, processor_time};

/// Timed calls per burst; with warm-up and parent this is about 250 spans, half a millisecond at
/// 500,000 spans a second.
const CALLS: u32 = 234;

/// How often the producer looks at the clock.
const TICK: Duration = Duration::from_micros(500);

/// What became of the load.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sustained {
    /// The candidate.
    pub candidate: String,
    /// Seconds of load.
    pub seconds: f64,
    /// Spans per second that were asked for.
    pub asked_per_second: f64,
    /// Spans per second that were started.
    pub reached_per_second: f64,
    /// Spans started.
    pub spans: u64,
    /// Spans that did not reach the exporter.
    pub lost: u64,
    /// Processor time of the whole process per span, in nanoseconds.
    pub processor_ns_per_span: f64,
    /// The most memory that was ever resident, in KiB.
    pub peak_kib: u64,
}

/// Installs the candidate and loads it.
pub fn run(candidate: &dyn Candidate, seconds: f64, per_second: f64) -> Option<Sustained> {
    candidate.install(Load::Sustained);
    let used_before = processor_time();
    let start = Instant::now();
    let mut spans = 0;
    let mut tick = start;
    while start.elapsed().as_secs_f64() < seconds {
        let due = start.elapsed().as_secs_f64() * per_second;
        while (spans as f64) < due && start.elapsed().as_secs_f64() < seconds {
            spans += candidate.burst(Operation::ChildAttributes, CALLS)?.spans;
        }
        tick += TICK;
        match tick.checked_duration_since(Instant::now()) {
            Some(wait) => thread::sleep(wait),
            None => tick = Instant::now(),
        }
    }
    let elapsed = start.elapsed().as_secs_f64();
    candidate.settle();
    let used = processor_time() - used_before;
    Some(Sustained {
        candidate: candidate.name().to_owned(),
        seconds: elapsed,
        asked_per_second: per_second,
        reached_per_second: spans as f64 / elapsed,
        spans,
        lost: spans.saturating_sub(candidate.received().spans),
        processor_ns_per_span: used.as_secs_f64() * 1e9 / spans as f64,
        peak_kib: memory().peak_kib,
    })
}
