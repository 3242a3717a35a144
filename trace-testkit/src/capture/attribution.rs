//! Attributes what happens on a thread to the captures that it belongs to.

use super::home;
#[cfg(any(feature = "metrics", feature = "logs"))]
use super::process;
use super::registry;
use crate::model::SpanData;
#[cfg(any(feature = "metrics", feature = "logs"))]
use crate::runtime;
use crate::runtime::OrphanRoot;
#[cfg(any(feature = "metrics", feature = "logs"))]
use crate::signals::{AsStray, Signals};
use crate::source::{Home, Orphan};
#[cfg(any(feature = "metrics", feature = "logs"))]
use std::sync::Arc;

/// Notes that a trace begins outside all captures on this thread.
pub(super) fn orphan_began(root: OrphanRoot<'_>) {
    let mut span = SpanData::new(root.name);
    span.kind = root.kind;
    span.trace_id = root.trace_id;
    span.span_id = root.span_id;
    let mut orphan = Orphan::new(span);
    orphan.thread = Some(home::thread_name());
    let home = home::home();
    if home != 0 {
        orphan.home = Home::Here;
        if let Some(state) = registry::state_of(home) {
            state.miss(orphan);
        }
        return;
    }
    // Even where there is one capture only: tests without one may be running.
    for state in registry::all() {
        state.miss(orphan.clone());
    }
}

/// Returns the metrics and logs of the captures that see what happens here: of the current capture,
/// or of the one whose test started this thread, and of the whole process. Where there is no
/// capture, every capture notes a stray.
#[cfg(any(feature = "metrics", feature = "logs"))]
pub(super) fn signals_here(as_stray: AsStray<'_>) -> Vec<Arc<Signals>> {
    let number = match runtime::current() {
        0 => home::home(),
        number => number,
    };
    if number == 0 {
        let stray = as_stray(home::thread_name());
        registry::all().iter().for_each(|state| state.signals.miss(stray.clone()));
    }
    let own = registry::find(number).map(|shared| shared.state().signals.clone());
    own.into_iter().chain(process::signals()).collect()
}
