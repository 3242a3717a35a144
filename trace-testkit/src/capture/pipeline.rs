//! The one pipeline of the process, and the way from its exporter to the captures.

use super::global;
use super::orphans;
use super::state::State;
use crate::model::{ResourceData, SpanData};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use trace_runtime::__testing_0_1_0 as runtime;
use trace_runtime::Telemetry;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, QueueSettings};

/// How long a capture waits for its spans. It is reached only when the pipeline hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sees to it that a pipeline runs whose spans get here.
#[track_caller]
pub(super) fn ensure() {
    /// Held while one is installed.
    static INSTALLED: Mutex<Option<Telemetry>> = Mutex::new(None);
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
    let queue = QueueSettings::default().with_max_queue_spans(usize::MAX);
    let builder = Telemetry::builder().without_env().with_queue(queue);
    match builder.with_exporter(ToCaptures::default()).install() {
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

static CAPTURES: RwLock<BTreeMap<u32, Arc<State>>> = RwLock::new(BTreeMap::new());

/// Spans of this number belong to this capture.
pub(super) fn expect(number: u32, state: Arc<State>) {
    CAPTURES.write().unwrap_or_else(PoisonError::into_inner).insert(number, state);
}

/// Nobody looks at the spans of this number any more.
pub(super) fn forget(number: u32) {
    let state = CAPTURES.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
    if let Some(state) = state {
        state.announce();
    }
}

pub(super) fn with(number: u32, look: impl FnOnce(&State)) {
    let state = CAPTURES.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
    if let Some(state) = state {
        look(&state);
    }
}

/// All captures that are alive.
pub(super) fn all() -> Vec<Arc<State>> {
    CAPTURES.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
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

    fn set_resource(&mut self, resource: &Resource) {
        let pairs = resource.iter().map(|(key, value)| (key.to_string(), value.into()));
        self.resource = Arc::new(ResourceData::new(pairs.collect()));
    }

    fn max_delay(&self) -> Option<Duration> {
        // Somebody may be waiting.
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        let captures = CAPTURES.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut told = BTreeMap::new();
        for &span in batch {
            let data = || SpanData { resource: self.resource.clone(), ..SpanData::from(span) };
            global::take(data);
            let number = runtime::capture_of(span);
            if let Some(state) = captures.get(&number) {
                state.take(data());
                told.insert(number, state);
            } else if number == 0 && (span.parent_is_remote || is_root(span)) {
                captures.values().for_each(|state| state.orphans.complete(span));
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
