//! Holds the exporters and readers that a file has chosen, which a later one may exchange.

use crate::config::Output;
#[cfg(feature = "metrics")]
use crate::config::ReaderSettings;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
#[cfg(feature = "metrics")]
use crate::export::reader::PushWatch;
use crate::export::{Exported, ExporterQueue, ExporterSet, FinishedSpans, QueueSettings};
#[cfg(feature = "metrics")]
use opentelemetry_sdk::metrics::Temporality;
use std::sync::Arc;

/// The exporters that a file has chosen; `None` for a signal whose exporters the program has set.
#[derive(Default)]
pub(super) struct FromFileExporters {
    pub(super) spans: Option<Chosen<FinishedSpans>>,
    #[cfg(feature = "logs")]
    pub(super) logs: Option<Chosen<EmittedLog>>,
    #[cfg(feature = "metrics")]
    pub(super) readers: Option<Vec<ChosenReader>>,
}

/// An exporter that a file has chosen, and the queue before it.
pub(super) type Started<T> = (Output, Arc<ExporterQueue<T>>);

/// The exporters of spans or log records that a file has chosen.
pub(super) struct Chosen<T: Exported> {
    pub(super) started: Vec<Started<T>>,
    /// The queue that the program has set for all of them.
    pub(super) queue: Option<QueueSettings>,
    pub(super) max_bytes: usize,
}

impl<T: Exported> Chosen<T> {
    /// Notes what was started: the exporters of `outputs`, which are the first of the set.
    pub(super) fn new(
        outputs: Vec<Output>,
        set: &ExporterSet<T>,
        queue: Option<QueueSettings>,
        max_bytes: usize,
    ) -> Self {
        let started = outputs.into_iter().zip(set.current().iter().cloned()).collect();
        Self { started, queue, max_bytes }
    }
}

/// A reader that a file has chosen.
#[cfg(feature = "metrics")]
#[derive(Clone)]
pub(super) struct ChosenReader {
    /// `None` after a file removed its exporter.
    pub(super) settings: Option<ReaderSettings>,
    pub(super) temporality: Temporality,
    /// `None`: Prometheus reads it.
    pub(super) push: Option<PushWatch>,
}

#[cfg(feature = "metrics")]
impl ChosenReader {
    pub(super) fn new(settings: ReaderSettings, push: Option<PushWatch>) -> Self {
        let temporality = push.as_ref().map_or(settings.push.temporality, PushWatch::temporality);
        Self { temporality, settings: Some(settings), push }
    }
}
