//! Which baggage is to label metrics, as the program says it.

use super::error::InitError;
use crate::instruments::{BAGGAGE_CAP, allow_baggage};

/// What all calls are told apart by, as labels have it in Prometheus.
const OURS: &[&str] = &[
    "caller",
    "caller_function",
    "caller_module",
    "error",
    "error_type",
    "function",
    "module",
    "objective_latency_threshold",
    "objective_name",
    "objective_percentile",
    "ok",
    "outcome",
    "result",
    "service_name",
];

/// Keys, and how many values each may have.
#[derive(Debug)]
pub(super) struct BaggageLabelConfig {
    keys: Vec<String>,
    cap: usize,
}

impl Default for BaggageLabelConfig {
    fn default() -> Self {
        Self { keys: Vec::new(), cap: BAGGAGE_CAP }
    }
}

impl BaggageLabelConfig {
    pub(super) fn add(&mut self, keys: impl Iterator<Item = String>) {
        self.keys.extend(keys);
    }

    pub(super) fn set_cap(&mut self, cap: usize) {
        self.cap = cap;
    }

    /// Finds keys that labels of metrics cannot have.
    pub(super) fn check(&self) -> Result<(), InitError> {
        self.keys.iter().try_for_each(|key| match reserved(key) {
            Some(reason) => Err(InitError::BaggageLabel { key: key.clone(), reason }),
            None => Ok(()),
        })
    }

    pub(super) fn install(&self) {
        allow_baggage(&self.keys, self.cap);
    }
}

/// The rules are those of labels that functions have.
fn reserved(key: &str) -> Option<&'static str> {
    let in_prometheus = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    let label: String = key.chars().map(in_prometheus).collect();
    match label.as_str() {
        "le" | "quantile" => Some("Prometheus tells buckets apart by it"),
        "instance" | "job" => Some("Prometheus tells targets apart by it"),
        name if name.starts_with("__") || name.starts_with("otel_scope_") => {
            Some("names that begin like this are kept for Prometheus and OpenTelemetry")
        }
        name if OURS.contains(&name) => Some("the metrics of every call have that one"),
        _ => None,
    }
}
