//! Spans that reached no capture because their context was lost on the way.

use super::pipeline;
use crate::model::SpanData;
use crate::runtime::OrphanRoot;
use crate::source::{Home, Orphan};
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use trace_runtime::export::FinishedSpan;

/// More are not kept: the first tell what is wrong.
const MOST: usize = 64;
/// The same of those that are likely another test's, of which one of a kind tells enough.
const MOST_UNKNOWN: usize = 16;

thread_local! {
    /// The capture of the test that has started this thread; 0 where that is not known.
    static HOME: Cell<u32> = const { Cell::new(0) };
}

/// Says which capture has started this thread, and returns what was said before.
#[cfg(feature = "tokio")]
pub(super) fn set_home(number: u32) -> u32 {
    HOME.replace(number)
}

/// The capture whose test has started this thread; 0 where that is not known.
#[cfg(any(feature = "metrics", feature = "logs"))]
pub(super) fn home() -> u32 {
    HOME.get()
}

/// The name of the calling thread, or what stands for it.
pub(super) fn thread_name() -> String {
    let thread = std::thread::current();
    match thread.name() {
        Some(name) => name.to_owned(),
        None => format!("{:?}", thread.id()),
    }
}

/// A trace begins outside all captures on this thread.
pub(super) fn found(root: OrphanRoot<'_>) {
    let mut span = SpanData::new(root.name);
    span.kind = root.kind;
    span.trace_id = root.trace_id;
    span.span_id = root.span_id;
    let mut orphan = Orphan::new(span);
    orphan.thread = Some(thread_name());
    let home = HOME.get();
    if home != 0 {
        orphan.home = Home::Here;
        pipeline::with(home, |state| state.miss(orphan));
        return;
    }
    // Even where there is one capture only: tests without one may be running.
    for state in pipeline::all() {
        state.miss(orphan.clone());
    }
}

/// The orphans that may belong to one capture.
#[derive(Default)]
pub(super) struct Orphans(Mutex<Vec<Orphan>>);

impl Orphans {
    fn lock(&self) -> MutexGuard<'_, Vec<Orphan>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, orphan: Orphan) {
        let mut orphans = self.lock();
        let alike =
            |other: &Orphan| other.span.name == orphan.span.name && other.thread == orphan.thread;
        let others: Vec<_> = orphans.iter().filter(|other| other.home == orphan.home).collect();
        let has_room = match orphan.home {
            Home::Here => others.len() < MOST,
            _ => others.len() < MOST_UNKNOWN && !others.into_iter().any(alike),
        };
        if has_room {
            orphans.push(orphan);
        }
    }

    /// A span outside all captures has ended: if it is one of these, more is known of it now.
    pub(super) fn complete(&self, span: &FinishedSpan) {
        let mut orphans = self.lock();
        let is_it = |orphan: &&mut Orphan| {
            orphan.span.span_id == span.span_id && orphan.span.trace_id == span.trace_id
        };
        if let Some(orphan) = orphans.iter_mut().find(is_it) {
            orphan.span = SpanData::from(span);
        }
    }

    pub(super) fn list(&self) -> Vec<Orphan> {
        self.lock().clone()
    }
}
