//! Pauses exporting threads, until a flush or the shutdown of the pipeline ends the pause.
//!
//! An exporter that waits before a retry does so on its own thread, where a flush or the shutdown
//! of the pipeline must be able to reach it. Likewise, the shutdown limits the time for connections.

use super::contact::Contact;
use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

thread_local! {
    /// What ends pauses of this thread; `None` where an exporter is called directly.
    static OF_THREAD: RefCell<Option<Arc<Hurry>>> = const { RefCell::new(None) };
}

/// The requests to one exporting thread.
#[derive(Default)]
pub(crate) struct Hurry {
    asked: Mutex<Asked>,
    changed: Condvar,
}

#[derive(Default)]
struct Asked {
    flush: bool,
    end: bool,
    /// A connection that is not there by then is of no use: the program ends.
    connect_by: Option<Instant>,
    /// The connection that the exporter uses, if it needs one.
    contact: Option<Arc<Contact>>,
}

/// The events that end a pause early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "otlp-http", feature = "otlp-grpc")),
    allow(dead_code, reason = "only network exporters pause")
)]
pub(crate) enum EndedBy {
    Nothing,
    /// The shutdown of the pipeline.
    Shutdown,
    /// The shutdown of the pipeline, or a flush.
    FlushOrShutdown,
}

impl Hurry {
    /// Lets this end pauses of the calling thread.
    pub(crate) fn attach(self: &Arc<Self>) {
        OF_THREAD.with_borrow_mut(|of_thread| *of_thread = Some(self.clone()));
    }

    /// Notes whether a flush is waited for.
    pub(crate) fn set_flush(&self, is_asked: bool) {
        self.change(|asked| asked.flush = is_asked);
    }

    /// Notes that the pipeline shuts down.
    pub(crate) fn set_end(&self) {
        self.change(|asked| asked.end = true);
    }

    /// Notes until when connections are of use.
    pub(crate) fn set_connect_by(&self, at: Instant) {
        self.change(|asked| asked.connect_by = Some(at));
    }

    /// Returns whether the exporter waits for a connection.
    pub(crate) fn is_connecting(&self) -> bool {
        self.lock().contact.as_ref().is_some_and(|contact| contact.is_connecting())
    }

    fn change(&self, change: impl FnOnce(&mut Asked)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg_attr(
        not(any(feature = "otlp-http", feature = "otlp-grpc")),
        allow(dead_code, reason = "only network exporters pause")
    )]
    fn pause(&self, time: Duration, ended_by: EndedBy) -> bool {
        let begin = Instant::now();
        let mut asked = self.lock();
        loop {
            let is_ended = match ended_by {
                EndedBy::Nothing => false,
                EndedBy::Shutdown => asked.end,
                EndedBy::FlushOrShutdown => asked.end || asked.flush,
            };
            let left = time.saturating_sub(begin.elapsed());
            if is_ended || left.is_zero() {
                return !is_ended;
            }
            let waited = self.changed.wait_timeout(asked, left);
            asked = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Waits for `time`; returns `false` if the pause was ended early.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) fn pause(time: Duration, ended_by: EndedBy) -> bool {
    match OF_THREAD.with_borrow(Clone::clone) {
        Some(hurry) => hurry.pause(time, ended_by),
        None => {
            std::thread::sleep(time);
            true
        }
    }
}

/// Notes which connection the exporter of the calling thread uses.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) fn uses(contact: &Arc<Contact>) {
    OF_THREAD.with_borrow(|hurry| {
        let Some(hurry) = hurry else { return };
        hurry.change(|asked| asked.contact = Some(contact.clone()));
    });
}

/// Returns until when a connection of the calling thread is of use, if the pipeline ends.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) fn connect_by() -> Option<Instant> {
    OF_THREAD.with_borrow(|hurry| hurry.as_ref()?.lock().connect_by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_end_early_for_those_who_may_end_them() {
        let hurry = Arc::new(Hurry::default());
        let hour = Duration::from_secs(3_600);
        let brief = Duration::from_millis(1);
        assert!(hurry.pause(brief, EndedBy::FlushOrShutdown));
        hurry.set_flush(true);
        assert!(!hurry.pause(hour, EndedBy::FlushOrShutdown));
        assert!(hurry.pause(brief, EndedBy::Shutdown));
        hurry.set_flush(false);
        let paused = {
            let hurry = hurry.clone();
            std::thread::spawn(move || hurry.pause(hour, EndedBy::Shutdown))
        };
        hurry.set_end();
        assert!(!paused.join().unwrap());
        assert!(hurry.pause(brief, EndedBy::Nothing));
    }
}
