//! The one pipeline of the process, and the way from its exporter to the captures.

use super::global;
use super::hand_over::Shared;
use super::orphans;
use super::state::State;
use crate::model::{ResourceData, SpanData};
use crate::runtime;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::time::Duration;
use trace_runtime::Telemetry;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, NullExporter, QueueSettings};

/// How long a capture waits for its spans. It is reached only when the pipeline hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sees to it that a pipeline runs whose spans get here.
#[track_caller]
pub(super) fn ensure() {
    /// Held while one is installed.
    static INSTALLED: Mutex<Option<Telemetry>> = Mutex::new(None);
    #[cfg(feature = "metrics")]
    crate::signals::install();
    #[cfg(feature = "logs")]
    crate::signals::install_logs();
    if runtime::is_watched() == Some(true) {
        return;
    }
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    match runtime::is_watched() {
        Some(true) => return,
        Some(false) => {
            drop(installed);
            panic!(
                "a capture brings a pipeline of its own, but this process already runs another: \
                 call `trace_runtime::init()` only after the first capture, which then stands in \
                 for it, or begin the test of a whole program with `capture_global()`"
            )
        }
        None => {}
    }
    runtime::on_orphan(orphans::found);
    let queue = QueueSettings::default().with_max_queue(usize::MAX);
    let builder = Telemetry::builder().without_env().without_startup_line().with_span_queue(queue);
    // What is tapped has the exporter anyway.
    let builder = match runtime::is_tapped() {
        true => builder.with_exporter(NullExporter::new()),
        false => builder.with_exporter(ToCaptures::default()),
    };
    match builder.install() {
        Ok(telemetry) => *installed = Some(telemetry),
        Err(error) => {
            drop(installed);
            panic!("a capture brings a pipeline of its own, which did not start: {error}")
        }
    }
    runtime::stand_in();
}

/// Has everything recorded so far arrive here; returns the spans of a capture (0: of all) that are
/// still open.
///
/// # Panics
/// When the pipeline hangs.
pub(super) fn flush(number: u32) -> Vec<FinishedSpan> {
    match runtime::flush(number, PATIENCE) {
        Ok(open) => open,
        Err(report) => panic!("the pipeline did not deliver within {PATIENCE:?}: {report}"),
    }
}

/// A capture that is alive.
struct Alive {
    state: Arc<State>,
    shared: Weak<Shared>,
}

static CAPTURES: RwLock<BTreeMap<u32, Alive>> = RwLock::new(BTreeMap::new());

fn captures() -> RwLockReadGuard<'static, BTreeMap<u32, Alive>> {
    CAPTURES.read().unwrap_or_else(PoisonError::into_inner)
}

/// Spans of this number belong to this capture.
pub(super) fn expect(number: u32, shared: &Arc<Shared>) {
    let alive = Alive { state: shared.state().clone(), shared: Arc::downgrade(shared) };
    CAPTURES.write().unwrap_or_else(PoisonError::into_inner).insert(number, alive);
}

/// The capture of this number, if it is alive.
pub(super) fn find(number: u32) -> Option<Arc<Shared>> {
    captures().get(&number)?.shared.upgrade()
}

/// Nobody looks at the spans of this number any more.
pub(super) fn forget(number: u32) {
    let gone = CAPTURES.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
    if let Some(gone) = gone {
        gone.state.announce();
    }
}

pub(super) fn with(number: u32, look: impl FnOnce(&State)) {
    let state = captures().get(&number).map(|alive| alive.state.clone());
    if let Some(state) = state {
        look(&state);
    }
}

/// All captures that are alive.
pub(super) fn all() -> Vec<Arc<State>> {
    captures().values().map(|alive| alive.state.clone()).collect()
}

/// Gives each capture its spans.
#[derive(Default)]
pub(super) struct ToCaptures {
    resource: Arc<ResourceData>,
}

impl Exporter for ToCaptures {
    fn name(&self) -> Cow<'static, str> {
        "captures".into()
    }

    fn set_resource(&mut self, resource: &runtime::Resource) {
        self.resource = Arc::new(ResourceData::from(resource));
    }

    fn max_delay(&self) -> Option<Duration> {
        // Somebody may be waiting.
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        let captures = captures();
        let mut told = BTreeMap::new();
        for &span in batch {
            let data = || SpanData { resource: self.resource.clone(), ..SpanData::from(span) };
            global::take(data);
            let number = runtime::capture_of(span);
            if let Some(Alive { state, .. }) = captures.get(&number) {
                state.take(data());
                told.insert(number, state);
            } else if number == 0 && (span.parent_is_remote || is_root(span)) {
                captures.values().for_each(|alive| alive.state.orphans.complete(span));
            }
        }
        told.values().for_each(|state| state.announce());
        global::announce();
        Ok(())
    }
}

fn is_root(span: &FinishedSpan) -> bool {
    span.parent_span_id == trace_runtime::SpanId::INVALID
}
