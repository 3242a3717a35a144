//! Runs the one pipeline of the process, and delivers its spans to the captures.

use super::registry::Captures;
use super::waiting::data;
use super::{attribution, process};
use crate::model::ResourceData;
use crate::runtime;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use trace_runtime::Telemetry;
use trace_runtime::export::{
    CodeAttributes, ExportError, Exporter, FinishedSpan, NullExporter, QueueSettings,
};

/// Ensures that a pipeline runs whose spans reach the captures.
#[track_caller]
pub(super) fn ensure() {
    /// Locked while a pipeline is installed.
    static INSTALLED: Mutex<Option<Telemetry>> = Mutex::new(None);
    #[cfg(any(feature = "metrics", feature = "logs"))]
    crate::signals::install(attribution::signals_here);
    if runtime::is_watched() == Some(true) {
        return;
    }
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    match runtime::is_watched() {
        Some(true) => return,
        Some(false) => {
            drop(installed);
            panic!(
                "a capture installs its own pipeline, but this process already runs another: \
                 call `trace_runtime::init()` only after the first capture, which then stands in \
                 for it, or begin the test of a whole program with `capture_global()`"
            )
        }
        None => {}
    }
    runtime::on_orphan(attribution::orphan_began);
    let queue = QueueSettings::default().with_max_queue(usize::MAX).with_max_bytes(usize::MAX);
    let builder = Telemetry::builder()
        .without_env()
        .without_startup_line()
        .with_span_queue(queue)
        .with_code_attributes(CodeAttributes::Always);
    // A tapped pipeline gets the exporter from `tap`.
    let builder = match runtime::is_tapped() {
        true => builder.with_exporter(NullExporter::new()),
        false => builder.with_exporter(ToCaptures::default()),
    };
    match builder.install() {
        Ok(telemetry) => *installed = Some(telemetry),
        Err(error) => {
            drop(installed);
            panic!("a capture installs its own pipeline, which did not start: {error}")
        }
    }
    runtime::stand_in();
}

/// The exporter that gives each capture its spans.
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
        // A test may be waiting.
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let captures = Captures::lock();
        let mut reached = BTreeMap::new();
        for &span in batch {
            if !runtime::is_judged(span) {
                process::take(|| data(span, &self.resource));
            }
            let number = runtime::capture_of(span);
            if let Some(state) = captures.get(number) {
                state.take(span, &self.resource);
                reached.insert(number, state);
            } else if number == 0 && (span.parent_is_remote() || is_root(span)) {
                captures.iter().for_each(|state| state.orphans.complete(span));
            }
        }
        reached.values().for_each(|state| state.announce());
        process::announce();
        Ok(())
    }
}

fn is_root(span: FinishedSpan<'_>) -> bool {
    span.parent_span_id() == trace_runtime::propagation::SpanId::INVALID
}
