//! Reports what was measured, for people, for machines and as a chart.

pub mod chart;
pub mod claims;
pub mod table;

use serde::Serialize;

use crate::round::Figure;
use crate::sustained::Sustained;
use claims::Claim;

/// Everything that the overhead program measures.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The processor and how many of it.
    pub machine: String,
    /// What two clock reads add to a plain call, in nanoseconds.
    pub floor_ns: f64,
    /// Half of the distance between the floor's quartiles.
    pub floor_spread_ns: f64,
    /// The plain call, in nanoseconds.
    pub plain_ns: f64,
    /// Bursts that the buffers hold.
    pub figures: Vec<Figure>,
    /// Steady loads.
    pub sustained: Vec<Sustained>,
    /// The figures asked for, beside those measured.
    pub claims: Vec<Claim>,
}

/// The processor that this runs on, in words.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}
