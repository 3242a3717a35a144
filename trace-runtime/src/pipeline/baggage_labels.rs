//! Checks and installs the keys of baggage that label metrics.

use crate::config::BaggageSettings;
use crate::error::InitError;
use crate::instruments::{BAGGAGE_CAP, allow_baggage};

/// The reserved names, each group with the reason; `*` stands for any suffix. They are the rules of labels
/// that functions have.
const RESERVED: &[(&str, &[&str])] = trace_macros::__reserved_labels!();

/// Keys, and the maximum number of values of each.
#[derive(Clone, Debug, Default)]
pub(super) struct BaggageLabelConfig {
    keys: Vec<String>,
    cap: Option<usize>,
}

impl BaggageLabelConfig {
    pub(super) fn add(&mut self, keys: impl Iterator<Item = String>) {
        self.keys.extend(keys);
    }

    pub(super) fn set_cap(&mut self, cap: usize) {
        self.cap = Some(cap);
    }

    /// Returns what the program sets, else what was configured.
    pub(super) fn or(&self, settings: &BaggageSettings) -> Self {
        let keys = if self.keys.is_empty() { &settings.labels } else { &self.keys };
        Self { keys: keys.clone(), cap: self.cap.or(settings.label_cap) }
    }

    /// Rejects keys that labels of metrics cannot have.
    pub(super) fn check(&self) -> Result<(), InitError> {
        self.keys.iter().try_for_each(|key| match reserved(key) {
            Some(reason) => Err(InitError::BaggageLabel { key: key.clone(), reason }),
            None => Ok(()),
        })
    }

    pub(super) fn install(&self) {
        allow_baggage(&self.keys, self.cap.unwrap_or(BAGGAGE_CAP));
    }
}

/// Returns the reason why a label cannot have this name, in the form that it has in Prometheus.
fn reserved(key: &str) -> Option<&'static str> {
    let in_prometheus = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    let label: String = key.chars().map(in_prometheus).collect();
    let is_taken = |name: &&str| match name.strip_suffix('*') {
        Some(start) => label.starts_with(start),
        None => label == *name,
    };
    RESERVED.iter().find(|(_, names)| names.iter().any(is_taken)).map(|(why, _)| *why)
}
