//! What the tests of the pipeline share: spans, exporters that misbehave, one at a time.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan};
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

/// Calls a closure with the names of each batch.
pub(crate) struct Scripted<F>(pub(crate) F);

impl<F> Exporter for Scripted<F>
where
    F: FnMut(Vec<String>) -> Result<(), ExportError> + Send + 'static,
{
    fn name(&self) -> Cow<'static, str> {
        "scripted".into()
    }

    fn max_delay(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        (self.0)(batch.iter().map(|span| span.name.to_string()).collect())
    }
}

/// An exporter that keeps the names of what it gets.
pub(crate) fn collecting() -> (impl Exporter, Arc<Mutex<Vec<String>>>) {
    let names = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&names);
    let exporter = Scripted(move |batch: Vec<String>| {
        kept.lock().unwrap().extend(batch);
        Ok(())
    });
    (exporter, names)
}
