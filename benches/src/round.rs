//! Bursts, interleaved: in each round every candidate runs every operation once, the plain call
//! and the floor among them, and what a round's burst took is compared with the plain call of the
//! same round. A machine that slows down for a moment slows all of them.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::candidate::{BURST, Candidate};
use crate::floor;
use crate::operation::{Operation, Signal};

/// What is measured: an operation on a number of threads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// The operation.
    pub operation: Operation,
    /// Threads that run it at the same time.
    pub threads: usize,
}

impl Case {
    /// The case in words.
    pub fn title(self) -> String {
        match self.threads {
            1 => self.operation.title().to_owned(),
            threads => format!("{}, {threads} threads", self.operation.title()),
        }
    }
}

/// A figure: what a candidate adds to the plain call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    /// What the operation makes.
    pub signal: Signal,
    /// The operation and the threads, in words.
    pub case: String,
    /// The candidate.
    pub candidate: String,
    /// Nanoseconds added to one plain call: the median of the rounds.
    pub added_ns: f64,
    /// That, divided by what the two clock reads add, where the operation takes time.
    pub floors: Option<f64>,
    /// Half of the distance between the quartiles, in nanoseconds.
    pub spread_ns: f64,
    /// Spans and counts that should have reached the exporter.
    pub records: u64,
    /// Those that did not.
    pub lost: u64,
}

/// Collects rounds.
pub struct Rounds<'a> {
    candidates: Vec<&'a dyn Candidate>,
    added: BTreeMap<(Case, usize), Vec<f64>>,
    records: BTreeMap<(Case, usize), (u64, u64)>,
    floor: Vec<f64>,
    plain: Vec<f64>,
}

impl<'a> Rounds<'a> {
    /// Rounds over these candidates.
    pub fn new(candidates: &[&'a dyn Candidate]) -> Self {
        Self {
            candidates: candidates.to_vec(),
            added: BTreeMap::new(),
            records: BTreeMap::new(),
            floor: Vec::new(),
            plain: Vec::new(),
        }
    }

    /// Runs `rounds` rounds of the cases.
    pub fn run(&mut self, cases: &[Case], rounds: usize) {
        for round in 0..rounds {
            for case in cases {
                self.round(*case, round);
            }
        }
    }

    fn round(&mut self, case: Case, round: usize) {
        let Some(plain) = per_call(&floor::Plain, case) else { return };
        if case == (Case { operation: Operation::Child, threads: 1 }) {
            self.plain.push(plain.ns);
            if let Some(floor) = per_call(&floor::Floor, case) {
                self.floor.push(floor.ns - plain.ns);
            }
        }
        // Each round starts with another candidate, so that none is always the one that runs
        // after its neighbour has filled the caches.
        let candidates = self.candidates.len();
        for index in (0..candidates).map(|offset| (round + offset) % candidates) {
            let candidate = self.candidates[index];
            candidate.settle();
            let before = candidate.received().records();
            let Some(burst) = per_call(candidate, case) else { continue };
            candidate.settle();
            let received = candidate.received().records() - before;
            self.added.entry((case, index)).or_default().push(burst.ns - plain.ns);
            let (records, lost) = self.records.entry((case, index)).or_default();
            *records += burst.records;
            *lost += burst.records.saturating_sub(received);
        }
    }

    /// What the two clock reads add, in nanoseconds: median and spread.
    pub fn floor(&self) -> (f64, f64) {
        quartiles(&self.floor)
    }

    /// The plain call, in nanoseconds.
    pub fn plain(&self) -> f64 {
        quartiles(&self.plain).0
    }

    /// All figures, by case and then in the order of the candidates.
    pub fn figures(&self) -> Vec<Figure> {
        let (floor, _) = self.floor();
        self.added
            .iter()
            .map(|((case, index), added)| {
                let (added_ns, spread_ns) = quartiles(added);
                let (records, lost) = self.records[&(*case, *index)];
                Figure {
                    signal: case.operation.signal(),
                    case: case.title(),
                    candidate: self.candidates[*index].name().to_owned(),
                    added_ns,
                    floors: case.operation.takes_time().then_some(added_ns / floor),
                    spread_ns,
                    records,
                    lost,
                }
            })
            .collect()
    }
}

/// What one burst took per call.
#[derive(Debug, Clone, Copy)]
pub struct PerCall {
    /// Nanoseconds per call; on several threads the mean of the threads.
    pub ns: f64,
    /// Spans and counts that must reach the exporter.
    pub records: u64,
}

/// Runs one burst of the case; `None` where the candidate has no such operation.
pub fn per_call(candidate: &dyn Candidate, case: Case) -> Option<PerCall> {
    if case.threads == 1 {
        let burst = candidate.burst(case.operation, BURST)?;
        let ns = burst.elapsed.as_secs_f64() * 1e9 / f64::from(BURST);
        return Some(PerCall { ns, records: burst.records });
    }
    let barrier = Barrier::new(case.threads);
    let bursts: Option<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..case.threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    candidate.burst(case.operation, BURST / case.threads as u32)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    });
    let bursts = bursts?;
    let calls = f64::from(BURST / case.threads as u32) * case.threads as f64;
    let ns = bursts.iter().map(|burst| burst.elapsed.as_secs_f64()).sum::<f64>() * 1e9 / calls;
    Some(PerCall { ns, records: bursts.iter().map(|burst| burst.records).sum() })
}

/// The median, and half of the distance between the quartiles.
pub fn quartiles(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    (at(0.5), (at(0.75) - at(0.25)) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_ignore_outliers() {
        let (median, spread) = quartiles(&[5.0, 1.0, 3.0, 900.0, 4.0]);
        assert_eq!((median, spread), (4.0, 1.0));
    }
}
