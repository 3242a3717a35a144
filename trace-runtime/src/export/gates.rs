//! Holds what is switched off behind the recording: logs and metrics as signals, exporters by name, and
//! everything at once.
//!
//! There is one pipeline in a process, as there is one state word.

use super::signal::Signal;
use crate::loss::DropReason;
use crate::recorder::fork;
use crate::state;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{PoisonError, RwLock};

/// The signals that are off, and whether any exporter is.
static OFF: AtomicU8 = AtomicU8::new(0);
const ANY_EXPORTER: u8 = 1 << 7;

static EXPORTERS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Holds this lock across forks.
pub(crate) fn keep_over_forks() {
    fork::keep(&EXPORTERS, fork::unchanged);
}

const fn bit(signal: Signal) -> u8 {
    1 << signal as u8
}

/// Switches a signal off, or on.
pub(crate) fn set_signal(signal: Signal, on: bool) {
    match on {
        true => OFF.fetch_and(!bit(signal), Ordering::Relaxed),
        false => OFF.fetch_or(bit(signal), Ordering::Relaxed),
    };
}

/// Switches these exporters off, and all others on.
pub(crate) fn set_exporters_off(names: Vec<String>) {
    let any = !names.is_empty();
    *EXPORTERS.write().unwrap_or_else(PoisonError::into_inner) = names;
    match any {
        true => OFF.fetch_or(ANY_EXPORTER, Ordering::Relaxed),
        false => OFF.fetch_and(!ANY_EXPORTER, Ordering::Relaxed),
    };
}

/// Returns whether nothing of a signal is taken or sent.
// HOT: one load for each log record.
#[cfg(any(feature = "logs", feature = "metrics"))]
#[inline]
#[cfg_attr(
    not(any(feature = "logs", feature = "metrics")),
    allow(dead_code, reason = "spans have switches of their sites")
)]
pub(crate) fn is_off(signal: Signal) -> bool {
    OFF.load(Ordering::Relaxed) & bit(signal) != 0 || state::is_killed()
}

/// Returns the name that the exporters of all signals and tenants share: `otlp`, for `otlp logs` and for
/// `otlp for acme`.
pub(crate) fn of_all_signals(exporter: &str) -> &str {
    let exporter = exporter.split_once(" for ").map_or(exporter, |(exporter, _)| exporter);
    let suffixes = [" logs", " metrics"];
    suffixes.iter().find_map(|suffix| exporter.strip_suffix(suffix)).unwrap_or(exporter)
}

/// Returns why an exporter gets nothing; `None`: it gets everything.
pub(crate) fn closed(exporter: &str) -> Option<DropReason> {
    if state::is_killed() {
        return Some(DropReason::Killed);
    }
    let any = OFF.load(Ordering::Relaxed) & ANY_EXPORTER != 0;
    let is_off = || {
        let off = EXPORTERS.read().unwrap_or_else(PoisonError::into_inner);
        off.iter().any(|name| name == exporter || name == of_all_signals(exporter))
    };
    (any && is_off()).then_some(DropReason::SwitchedOff)
}
