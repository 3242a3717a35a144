//! Keeps the spans that may belong to a capture but lost their context on the way.

use crate::model::SpanData;
use crate::source::{Home, Orphan};
use std::sync::{Mutex, MutexGuard, PoisonError};
use trace_runtime::export::FinishedSpan;

/// How many orphans of this capture are kept: the first ones show what is wrong.
const MOST: usize = 64;
/// How many orphans that may belong to another test are kept; one of each name and thread.
const MOST_UNKNOWN: usize = 16;

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

    /// Completes an orphan when its span ends outside all captures.
    pub(super) fn complete(&self, span: FinishedSpan<'_>) {
        let mut orphans = self.lock();
        let is_it = |orphan: &&mut Orphan| {
            orphan.span.span_id == span.span_id() && orphan.span.trace_id == span.trace_id()
        };
        if let Some(orphan) = orphans.iter_mut().find(is_it) {
            orphan.span = SpanData::from(span);
        }
    }

    pub(super) fn list(&self) -> Vec<Orphan> {
        self.lock().clone()
    }
}
