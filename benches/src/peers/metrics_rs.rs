//! metrics-rs with its exporter for Prometheus: a counter and a histogram with buckets, by its
//! macros, labelled with the function and its module as an attribute would.

use std::sync::OnceLock;
use std::time::Instant;

use metrics::{counter, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::otel_metrics::BOUNDARIES;
use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::Counts;
use crate::export::counters::{CALLS, DURATIONS, ORDERS, on_page};
use crate::operation::{Operation, Plan, body, is_even, timed};

/// metrics-rs.
#[derive(Debug)]
pub struct MetricsRs;

static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();

#[inline(never)]
fn metered(id: u64, size: u64, tier: &str) -> u64 {
    let start = Instant::now();
    let result = body(id, size, tier);
    let seconds = start.elapsed().as_secs_f64();
    counter!(CALLS, "function" => "metered", "module" => module_path!()).increment(1);
    histogram!(DURATIONS, "function" => "metered", "module" => module_path!()).record(seconds);
    result
}

#[inline(never)]
fn metered_labels(id: u64, size: u64, tier: &str) -> u64 {
    let start = Instant::now();
    let result = body(id, size, tier);
    let seconds = start.elapsed().as_secs_f64();
    let even = if is_even(id) { "true" } else { "false" };
    let plan = Plan::of(id).name();
    counter!(
        CALLS,
        "function" => "metered_labels", "module" => module_path!(), "even" => even, "plan" => plan
    )
    .increment(1);
    histogram!(
        DURATIONS,
        "function" => "metered_labels", "module" => module_path!(), "even" => even, "plan" => plan
    )
    .record(seconds);
    result
}

#[inline(never)]
fn counted(id: u64, size: u64, tier: &str) -> u64 {
    counter!(ORDERS).increment(1);
    body(id, size, tier)
}

impl Candidate for MetricsRs {
    fn name(&self) -> &'static str {
        "metrics-rs"
    }

    fn install(&self, _load: Load) {
        let builder = PrometheusBuilder::new().set_buckets(&BOUNDARIES);
        match builder.and_then(PrometheusBuilder::install_recorder) {
            Ok(handle) => assert!(INSTALLED.set(handle).is_ok(), "metrics is installed twice"),
            Err(error) => panic!("metrics was not installed: {error}"),
        }
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(Burst::counted(match operation {
            Operation::Metered => timed(calls, metered),
            Operation::MeteredLabels => timed(calls, metered_labels),
            Operation::Counted => timed(calls, counted),
            _ => return None,
        }))
    }

    fn settle(&self) {
        // Otherwise the values of histograms pile up until a scrape.
        if let Some(handle) = INSTALLED.get() {
            handle.run_upkeep();
        }
    }

    fn received(&self) -> Counts {
        let counted = INSTALLED.get().map_or(0, |handle| on_page(&handle.render()));
        Counts { counted, ..Counts::default() }
    }
}
