//! Reports what a snapshot is to be taken of, to the thread that writes them.

use super::judge;
use crate::export::{SnapshotTrigger, SnapshotTriggers};
use crate::recorder::pages::FinishedSpan;
use crate::sampling::TailSampling;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::Thread;

/// The triggers that are wanted, and those that have come.
#[derive(Debug)]
pub(crate) struct Alarm {
    wanted: SnapshotTriggers,
    raised: AtomicU8,
    thread: OnceLock<Thread>,
}

impl Alarm {
    /// Creates an alarm for these triggers.
    pub(crate) fn new(wanted: SnapshotTriggers) -> Self {
        Self { wanted, raised: AtomicU8::new(0), thread: OnceLock::new() }
    }

    /// Returns whether a trigger is wanted.
    pub(crate) fn is_for(&self, trigger: SnapshotTrigger) -> bool {
        self.wanted.contains(trigger)
    }

    /// Sets the thread that waits for the alarm.
    pub(crate) fn attach(&self, thread: Thread) {
        let _ = self.thread.set(thread);
    }

    /// Raises the alarm, if it is for this trigger.
    pub(crate) fn raise(&self, trigger: SnapshotTrigger) {
        if self.is_for(trigger)
            && self.raised.fetch_or(trigger as u8, Ordering::Release) & trigger as u8 == 0
        {
            self.wake();
        }
    }

    /// Wakes the thread that waits.
    pub(crate) fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Takes the triggers that have come.
    pub(crate) fn take(&self) -> SnapshotTriggers {
        SnapshotTriggers(self.raised.swap(0, Ordering::Acquire))
    }

    /// Raises the alarm if a finished span is a reason for it. Panics are seen when they happen.
    #[inline]
    pub(super) fn look_at(&self, span: FinishedSpan<'_>, settings: &TailSampling) {
        if !span.is_local_root() {
            return;
        }
        if span.is_error() {
            self.raise(SnapshotTrigger::FailedRoot);
        }
        if self.is_for(SnapshotTrigger::SlowRoot) && judge::is_slow(settings, span) {
            self.raise(SnapshotTrigger::SlowRoot);
        }
    }
}
