//! The reader and its thread: collects metrics and writes a page on request.
//!
//! It has a separate thread, because callbacks run in it: one that hangs costs a scrape but no thread of
//! the program, one that is traced causes no feedback, and concurrent scrapes share a page.

use super::negotiate;
use super::scrape::{Scrape, ScrapeError};
use crate::diagnostics::warn;
use crate::escape;
use crate::export::exposition::{self, PageOptions, TextFormat};
use crate::export::gates;
use crate::export::reader::Source;
use crate::export::signal::Signal;
use crate::recorder::suppress_this_thread;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, Pipeline, Temporality};
use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

pub(super) type Answer = Result<Scrape, ScrapeError>;

/// A request for a page, and the channel for the answer.
pub(super) struct Order {
    pub(super) format: TextFormat,
    pub(super) tell: Box<dyn FnOnce(Answer) + Send>,
}

/// The provider's reader for all scrapes.
pub(super) struct ScrapeReader {
    source: Arc<Source>,
    /// Called once, when the provider ends.
    end: Box<dyn Fn() + Send + Sync>,
}

/// Starts the thread. It ends when no sender of requests is left.
pub(super) fn start(source: Arc<Source>, options: PageOptions) -> std::io::Result<Sender<Order>> {
    let (orders, ordered) = channel();
    let scraper = Scraper { source, options, told: HashSet::new() };
    std::thread::Builder::new()
        .name("trace-prometheus".to_owned())
        .spawn(move || scraper.run(&ordered))?;
    Ok(orders)
}

struct Scraper {
    source: Arc<Source>,
    options: PageOptions,
    /// Names that were reported as left out, with the reason.
    told: HashSet<(String, &'static str)>,
}

/// The maximum number of names reported.
const MAX_TOLD: usize = 1_000;
const KIND: &str = "another one of another kind has its name there";
const SERIES: &str = "another one has its name and its labels there; what is no sum is shown once";

/// The number of series that the last page left out.
static OMITTED: AtomicU64 = AtomicU64::new(0);

/// Returns the number of series that the last page left out.
pub(crate) fn omitted() -> u64 {
    OMITTED.load(Ordering::Relaxed)
}

impl Scraper {
    fn run(mut self, orders: &Receiver<Order>) {
        suppress_this_thread();
        let mut metrics = ResourceMetrics::default();
        while let Ok(first) = orders.recv() {
            // Requests that arrive before the collection begins share its page.
            let orders: Vec<Order> = std::iter::once(first).chain(orders.try_iter()).collect();
            let is_off = gates::is_off(Signal::Metrics) || gates::closed("prometheus").is_some();
            let collected = if is_off {
                // The page is empty.
                metrics = ResourceMetrics::default();
                Ok(())
            } else {
                self.source.collect(&mut metrics).map_err(ScrapeError::Failed)
            };
            let mut pages: Vec<(TextFormat, Answer)> = Vec::new();
            for Order { format, tell } in orders {
                let page = match pages.iter().find(|(known, _)| *known == format) {
                    Some((_, page)) => page.clone(),
                    None => {
                        let page = collected.clone().and_then(|()| self.page(&metrics, format));
                        pages.push((format, page.clone()));
                        page
                    }
                };
                tell(page);
            }
        }
    }

    fn page(&mut self, metrics: &ResourceMetrics, format: TextFormat) -> Answer {
        let page = || exposition::page(metrics, format, self.options);
        let page = crate::caught::caught(page).map_err(|_| {
            let defect = "a defect in trace-runtime, please report it";
            ScrapeError::Failed(defect.to_owned())
        })?;
        let left_out = page.left_out();
        OMITTED.store(left_out.count, Ordering::Relaxed);
        let kinds = left_out.kinds.iter().map(|name| (name, KIND));
        for (name, why) in kinds.chain(left_out.series.iter().map(|name| (name, SERIES))) {
            // Names come from the program, so their number is not bounded.
            if self.told.len() < MAX_TOLD && self.told.insert((name.clone(), why)) {
                let name = escape::line(name).cut(256);
                warn(format_args!("metric `{name}` is not shown to Prometheus: {why}"));
            }
        }
        Ok(Scrape { content_type: negotiate::content_type(format), body: page.finish() })
    }
}

impl ScrapeReader {
    pub(super) fn new(source: Arc<Source>, end: impl Fn() + Send + Sync + 'static) -> Self {
        Self { source, end: Box::new(end) }
    }
}

impl fmt::Debug for ScrapeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").finish_non_exhaustive()
    }
}

impl MetricReader for ScrapeReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.source.register(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.source.collect(metrics).map_err(OTelSdkError::InternalFailure)
    }

    fn force_flush(&self) -> OTelSdkResult {
        // Metrics are delivered on request only.
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        (self.end)();
        self.source.end();
        Ok(())
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.source.temporality(kind)
    }
}
