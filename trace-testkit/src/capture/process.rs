//! Keeps what the whole process records while a global capture is alive.

use super::flush::{flush, open_spans};
use crate::model::SpanData;
use crate::news::News;
use crate::signals::Signals;
use crate::source::{Snapshot, Source};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The state of the global capture.
pub(super) struct ProcessState {
    spans: Mutex<Vec<SpanData>>,
    news: Arc<News>,
    signals: Arc<Signals>,
}

impl ProcessState {
    fn new() -> Self {
        let news = Arc::<News>::default();
        Self { spans: Mutex::default(), signals: Signals::new(news.clone()), news }
    }

    pub(super) fn signals(&self) -> &Arc<Signals> {
        &self.signals
    }
}

impl Source for ProcessState {
    fn snapshot(&self) -> Snapshot {
        let open = open_spans(&flush(0));
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut snapshot = Snapshot::of_spans(spans);
        snapshot.open = open;
        self.signals.fill(&mut snapshot);
        snapshot
    }

    fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        self.news.wait(seen, deadline)
    }
}

fn current() -> MutexGuard<'static, Option<Arc<ProcessState>>> {
    static CURRENT: Mutex<Option<Arc<ProcessState>>> = Mutex::new(None);
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts keeping; `None` if the process is captured already.
pub(super) fn begin() -> Option<Arc<ProcessState>> {
    let mut current = current();
    match *current {
        Some(_) => None,
        None => Some(current.insert(Arc::new(ProcessState::new())).clone()),
    }
}

/// Stops keeping, and wakes the threads that wait for news.
pub(super) fn end() {
    let state = current().take();
    if let Some(state) = state {
        state.news.announce();
    }
}

/// Takes a span, if the process is captured.
pub(super) fn take(span: impl FnOnce() -> SpanData) {
    if let Some(state) = &*current() {
        state.spans.lock().unwrap_or_else(PoisonError::into_inner).push(span());
    }
}

/// Wakes the threads that wait for news.
pub(super) fn announce() {
    if let Some(state) = &*current() {
        state.news.announce();
    }
}

/// Returns the metrics and logs of the process, if it is captured.
#[cfg(any(feature = "metrics", feature = "logs"))]
pub(super) fn signals() -> Option<Arc<Signals>> {
    current().as_ref().map(|state| state.signals.clone())
}
