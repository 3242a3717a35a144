//! Draws log records for failure messages.

use super::condition::{LogCondition, place};
use crate::forest::Forest;
use crate::model::{LogData, Severity};
use crate::names::shown;

const SHOWN: usize = 50;

/// Draws one line per record, in order of arrival: selected ones marked with `+`, those that differ in
/// one condition with `~` and that condition.
pub(super) fn logs(forest: &Forest, conditions: &[LogCondition]) -> String {
    let logs = &forest.snapshot.logs;
    let mut text = String::new();
    for log in logs.iter().take(SHOWN) {
        let mismatches = conditions.iter().filter_map(|asked| asked.mismatch(forest, log));
        let mismatches: Vec<String> = mismatches.collect();
        let (mark, note) = match mismatches.as_slice() {
            [] => ("+", String::new()),
            [only] if conditions.len() > 1 => ("~", format!("\n      {only}")),
            _ => (" ", String::new()),
        };
        text += &format!("{mark} {}{note}\n", line(forest, log));
    }
    if logs.len() > SHOWN {
        text += &format!("  … and {} more\n", logs.len() - SHOWN);
    }
    text
}

/// `` warn "retry 2 of 3" attempt=2, in span `charge` ``
fn line(forest: &Forest, log: &LogData) -> String {
    let severity = Severity::of_number(log.severity_number);
    let mut line = severity.map_or("(no severity)", Severity::as_str).to_owned();
    if !log.event_name.is_empty() {
        line += &format!(" event `{}`", shown(&log.event_name));
    }
    if let Some(body) = &log.body {
        line += &format!(" {body}");
    }
    for (key, value) in &log.attributes {
        line += &format!(" {}={value}", shown(key));
    }
    format!("{line}, {}", place(forest, log).describe(forest))
}
