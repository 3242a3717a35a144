//! One service from start to end, and rounds in which the variants take turns.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Route;
use super::load::{self, Answered, Asked};
use super::process::Service;
use super::variants::Variant;
use crate::export::sink::{SinkProcess, Totals};

/// The phases of a run: a warm-up, a fixed rate, and saturation.
#[derive(Debug, Clone, Copy)]
pub struct Phases {
    /// Requests per second of the fixed rate.
    pub rate: f64,
    /// How long the fixed rate, and likewise saturation, takes.
    pub time: Duration,
    /// How long saturation comes before them.
    pub warm_up: Duration,
    /// Connections.
    pub connections: u32,
}

/// What a service has shown in a phase.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Phase {
    /// What it has answered.
    pub answered: Answered,
    /// Processor time of the service for a request, in microseconds.
    pub processor_us: f64,
}

/// What a service has shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// The variant.
    pub variant: String,
    /// The route.
    pub route: Route,
    /// At the fixed rate.
    pub fixed: Phase,
    /// At saturation.
    pub saturated: Phase,
    /// The most memory that was ever resident.
    pub peak_kib: u64,
    /// Requests of all phases.
    pub requests: u64,
    /// What the receiver got.
    pub sent: Totals,
}

impl Run {
    /// Runs a variant's service with requests to a route.
    pub fn of(
        variant: &dyn Variant,
        route: Route,
        phases: &Phases,
        sink: &SinkProcess,
    ) -> io::Result<Self> {
        let before = sink.totals()?;
        let service = Service::start(variant, sink.address())?;
        let asked = |rate, time| Asked {
            address: service.address(),
            route,
            rate,
            time,
            connections: phases.connections,
        };
        let warm = load::run(&asked(None, phases.warm_up))?;
        let phase = |rate| {
            let used_before = service.usage()?.processor;
            let answered = load::run(&asked(rate, phases.time))?;
            let used = service.usage()?.processor - used_before;
            let processor_us = used.as_secs_f64() * 1e6 / answered.requests as f64;
            Ok::<_, io::Error>(Phase { answered, processor_us })
        };
        let fixed = phase(Some(phases.rate))?;
        let saturated = phase(None)?;
        let in_all = service.end()?;
        Ok(Self {
            variant: variant.name().to_owned(),
            route,
            requests: warm.requests + fixed.answered.requests + saturated.answered.requests,
            fixed,
            saturated,
            peak_kib: in_all.memory.peak_kib,
            sent: sink.totals()?.since(&before),
        })
    }
}

/// Runs all variants on all routes, a number of times. Each round begins with another variant.
pub fn rounds(
    variants: &[&dyn Variant],
    count: usize,
    phases: &Phases,
    sink: &SinkProcess,
) -> io::Result<Vec<Run>> {
    let mut runs = Vec::new();
    for round in 0..count {
        for route in Route::ALL {
            for turn in 0..variants.len() {
                let variant = variants[(round + turn) % variants.len()];
                runs.push(Run::of(variant, route, phases, sink)?);
            }
        }
    }
    Ok(runs)
}
