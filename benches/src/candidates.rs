//! Lists the candidates.

use crate::candidate::Candidate;
use crate::{floor, ours, peers};

/// The baselines: the plain call and the two clock reads.
pub const BASELINES: [&dyn Candidate; 2] = [&floor::Plain, &floor::Floor];

/// This workspace and its peers, in the order of the tables.
pub const CANDIDATES: [&dyn Candidate; 12] = [
    &ours::Ours,
    &ours::logs::OursLogs,
    &peers::fastrace::Fastrace,
    &peers::otel_sdk::OtelSdk,
    &peers::tracing_otel::Lean,
    &peers::tracing_otel::Defaults,
    &peers::official_logs::OfficialLogs,
    &peers::oxtel::Oxtel,
    &peers::autometrics::Autometrics,
    &peers::metrics_rs::MetricsRs,
    &peers::otel_metrics::Unbound,
    &peers::otel_metrics::Bound,
];

/// Candidates for steady loads alone.
pub const LOADED: [&dyn Candidate; 1] = [&ours::OursNull];

/// The candidate of that name.
pub fn named(name: &str) -> Option<&'static dyn Candidate> {
    let others = LOADED.into_iter().chain(ours::sampled::SAMPLED);
    CANDIDATES.into_iter().chain(others).find(|candidate| candidate.name() == name)
}
