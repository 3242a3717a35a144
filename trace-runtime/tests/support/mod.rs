//! What the tests of the pipeline share: spans, one test at a time.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::sync::{Mutex, MutexGuard, PoisonError};
use trace_runtime::trace;

/// The pipeline is one per process: tests that install it take turns.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records `children` spans within one.
pub(crate) fn record(children: usize) {
    outer(children);
}

#[trace]
fn outer(children: usize) {
    for _ in 0..children {
        inner();
    }
}

#[trace]
fn inner() {}
