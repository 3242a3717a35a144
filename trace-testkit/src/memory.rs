//! A pipeline that keeps spans in memory, and captures of single traces in it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, QueueSettings};
use trace_runtime::{Instrument, LossReport, Span, Telemetry, TraceId};

/// How long a capture waits for its spans. It is reached only when the pipeline hangs.
const PATIENCE: Duration = Duration::from_secs(30);

type Store = Arc<Mutex<HashMap<TraceId, Vec<FinishedSpan>>>>;

struct MemoryExporter {
    store: Store,
}

impl Exporter for MemoryExporter {
    fn name(&self) -> Cow<'static, str> {
        "memory".into()
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        for &span in batch {
            store.entry(span.trace_id).or_default().push(span.clone());
        }
        Ok(())
    }
}

struct Pipeline {
    telemetry: Telemetry,
    store: Store,
}

fn pipeline() -> &'static Pipeline {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    PIPELINE.get_or_init(|| {
        let store = Store::default();
        let queue = QueueSettings::default().with_max_queue_spans(1 << 20);
        let telemetry = Telemetry::builder()
            .without_env()
            .with_queue(queue)
            .with_exporter(MemoryExporter { store: store.clone() })
            .install()
            .unwrap_or_else(|error| {
                panic!("a capture installs a pipeline of its own, which failed: {error}")
            });
        Pipeline { telemetry, store }
    })
}

/// The pipeline that captures share: installed by the first capture of the process, kept until its
/// end.
pub fn telemetry() -> &'static Telemetry {
    &pipeline().telemetry
}

/// The spans of one trace that have ended so far.
///
/// # Panics
/// When the pipeline does not deliver within half a minute.
pub fn spans_of(trace_id: TraceId) -> Vec<FinishedSpan> {
    let pipeline = pipeline();
    if let Err(error) = pipeline.telemetry.force_flush(PATIENCE) {
        panic!("{error}");
    }
    let store = pipeline.store.lock().unwrap_or_else(PoisonError::into_inner);
    store.get(&trace_id).cloned().unwrap_or_default()
}

/// Runs `body` within a root span named `test` and returns what was recorded under it.
///
/// Work on other threads and tasks is part of it where the context is handed over; it is to have
/// ended when `body` returns.
///
/// # Panics
/// When `body` panics, when another pipeline is installed, or when this one does not deliver.
#[track_caller]
pub fn capture<R>(body: impl FnOnce() -> R) -> Captured<R> {
    let _ = pipeline();
    let mut root = Span::builder("test").root().start();
    let trace_id = root.context().trace_id();
    let result = root.in_scope(|_| body());
    root.end();
    Captured::new(trace_id, result)
}

/// The same for a future.
///
/// # Panics
/// As [`capture`].
pub async fn capture_async<F: Future>(body: F) -> Captured<F::Output> {
    let _ = pipeline();
    let root = Span::builder("test").root().start();
    let trace_id = root.context().trace_id();
    let result = body.instrument(root).await;
    Captured::new(trace_id, result)
}

/// What a capture saw.
pub struct Captured<R> {
    /// What the captured code returned.
    pub result: R,
    /// The trace.
    pub trace_id: TraceId,
    spans: Vec<FinishedSpan>,
}

impl<R> Captured<R> {
    fn new(trace_id: TraceId, result: R) -> Self {
        let mut spans = spans_of(trace_id);
        spans.sort_by_key(|span| (span.start_unix_nanos, span.end_unix_nanos));
        Self { result, trace_id, spans }
    }

    /// All spans but the root, by their start.
    pub fn spans(&self) -> impl Iterator<Item = CapturedSpan<'_>> {
        let captured = self.spans.iter().filter(|span| !is_root(span));
        captured.map(CapturedSpan)
    }

    /// The only span of that name.
    ///
    /// # Panics
    /// When there is none, or more than one: the message draws the tree.
    #[track_caller]
    pub fn span(&self, name: &str) -> CapturedSpan<'_> {
        let mut named = self.spans().filter(|span| span.name == name);
        match (named.next(), named.count()) {
            (Some(span), 0) => span,
            (None, _) => panic!("no span `{name}` in\n{}", self.tree()),
            (Some(_), more) => panic!("{} spans `{name}` in\n{}", more + 1, self.tree()),
        }
    }

    /// The root span that the capture opened.
    ///
    /// # Panics
    /// When it was not delivered.
    #[track_caller]
    pub fn root(&self) -> CapturedSpan<'_> {
        let root = self.spans.iter().find(|span| is_root(span));
        CapturedSpan(root.unwrap_or_else(|| panic!("the capture's own root was not delivered")))
    }

    /// The trace as text: names, attributes in brackets, errors, events. Siblings are in the order
    /// of their names and attributes where they ran at the same time, so that it reads the same
    /// every time; ids, times and places in the source are left out.
    pub fn tree(&self) -> String {
        crate::tree::render(&self.spans)
    }

    /// The account of the whole pipeline.
    pub fn report(&self) -> LossReport {
        telemetry().report()
    }
}

fn is_root(span: &FinishedSpan) -> bool {
    span.parent_span_id.to_u64() == 0 && span.name == "test"
}

/// A span that was captured; all of [`FinishedSpan`] and a few questions.
#[derive(Clone, Copy)]
pub struct CapturedSpan<'a>(&'a FinishedSpan);

impl<'a> CapturedSpan<'a> {
    /// The value of the attribute `key`, for people.
    pub fn attribute(self, key: &str) -> Option<AttributeText> {
        self.0.attribute(key).map(|value| AttributeText(crate::tree::text(&value)))
    }

    /// Whether its status is `Error`.
    pub fn is_error(self) -> bool {
        matches!(self.0.status, trace_runtime::Status::Error { .. })
    }

    /// Whether it is a child of `parent`.
    pub fn is_child_of(self, parent: CapturedSpan<'_>) -> bool {
        self.0.trace_id == parent.0.trace_id && self.0.parent_span_id == parent.0.span_id
    }
}

impl std::ops::Deref for CapturedSpan<'_> {
    type Target = FinishedSpan;

    fn deref(&self) -> &FinishedSpan {
        self.0
    }
}

/// An attribute's value as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeText(String);

impl fmt::Display for AttributeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<&str> for AttributeText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
