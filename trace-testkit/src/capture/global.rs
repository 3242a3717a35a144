//! The telemetry of a whole process.

use super::pipeline::{self, ToCaptures};
use super::state::open_span;
use crate::model::SpanData;
use crate::news::News;
use crate::recorded::Recorded;
use crate::runtime;
use crate::signals::Signals;
use crate::source::{Snapshot, Source};
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Captures everything that the process records from now on, wherever it happens.
///
/// For tests of a whole program, in a test binary of their own. The program may install telemetry
/// itself, by `trace_runtime::init()` or a builder, once or several times: then its own exporters,
/// sampler and limits are in force, and what they let through is captured besides. What it records
/// without or before that is captured too. Where it would send what it exports to nobody, set
/// `OTEL_TRACES_EXPORTER=none`: then it only is captured.
///
/// Ids and times are real. Captures that are alive at the same time go on to see their own.
///
/// ```no_run
/// # fn program() {}
/// let t = trace_testkit::capture_global();
/// program(); // Calls `trace_runtime::init()`, or does not.
/// assert!(t.spans().iter().any(|span| span.name == "serve"));
/// ```
///
/// # Panics
/// When the program has installed telemetry before, or when the process is captured already.
#[track_caller]
#[must_use]
pub fn capture_global() -> GlobalCapture {
    pipeline::ensure();
    runtime::tap(|| Box::new(ToCaptures::default()));
    let state = Arc::new(State::new());
    let mut current = current();
    let is_taken = current.is_some();
    if !is_taken {
        *current = Some(state.clone());
    }
    drop(current);
    assert!(
        !is_taken,
        "`capture_global` is called while another global capture is alive: there is one process, so \
         keep such tests in test binaries of their own, or drop the first"
    );
    GlobalCapture { signals: state.signals.clone(), recorded: Recorded::new(state) }
}

/// The telemetry of the whole process; made by [`capture_global`].
///
/// All reading and asserting is by the methods of [`Recorded`]. Dropped, it forgets everything.
pub struct GlobalCapture {
    recorded: Recorded,
    signals: Arc<Signals>,
}

impl GlobalCapture {
    pub(crate) fn signals(&self) -> &Arc<Signals> {
        &self.signals
    }
}

impl Drop for GlobalCapture {
    fn drop(&mut self) {
        let state = current().take();
        if let Some(state) = state {
            state.news.announce();
        }
    }
}

impl Deref for GlobalCapture {
    type Target = Recorded;

    fn deref(&self) -> &Recorded {
        &self.recorded
    }
}

impl UnwindSafe for GlobalCapture {}
impl RefUnwindSafe for GlobalCapture {}

impl fmt::Debug for GlobalCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalCapture").finish_non_exhaustive()
    }
}

struct State {
    spans: Mutex<Vec<SpanData>>,
    news: Arc<News>,
    signals: Arc<Signals>,
}

impl State {
    fn new() -> Self {
        let news = Arc::<News>::default();
        Self { spans: Mutex::default(), signals: Signals::new(news.clone()), news }
    }
}

impl Source for State {
    fn snapshot(&self) -> Snapshot {
        let open = pipeline::flush(0);
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut snapshot = Snapshot::of_spans(spans);
        snapshot.open = open.iter().map(open_span).collect();
        self.signals.fill(&mut snapshot);
        snapshot
    }

    fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        self.news.wait(seen, deadline)
    }
}

fn current() -> MutexGuard<'static, Option<Arc<State>>> {
    static CURRENT: Mutex<Option<Arc<State>>> = Mutex::new(None);
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a span, if the process is captured.
pub(super) fn take(span: impl FnOnce() -> SpanData) {
    if let Some(state) = &*current() {
        state.spans.lock().unwrap_or_else(PoisonError::into_inner).push(span());
    }
}

pub(super) fn announce() {
    if let Some(state) = &*current() {
        state.news.announce();
    }
}

/// The metrics and logs of the process, if it is captured.
#[cfg(any(feature = "metrics", feature = "logs"))]
pub(super) fn signals() -> Option<Arc<Signals>> {
    current().as_ref().map(|state| state.signals.clone())
}
