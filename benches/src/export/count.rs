//! Exporters that count: one that drops what it gets, one that passes it on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// What an exporter was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans.
    pub spans: u64,
    /// Spans that have a parent.
    pub children: u64,
    /// Attributes of all spans.
    pub attributes: u64,
    /// Events of all spans.
    pub events: u64,
    /// Log records.
    pub logs: u64,
    /// Calls and orders, as the counters say.
    pub counted: u64,
}

impl Counts {
    /// What the records of a burst come to.
    pub fn records(self) -> u64 {
        self.spans + self.logs + self.counted
    }
}

/// Counts that an exporting thread adds to and a measuring thread reads.
#[derive(Debug, Default)]
pub struct Received {
    spans: AtomicU64,
    children: AtomicU64,
    attributes: AtomicU64,
    events: AtomicU64,
    logs: AtomicU64,
    counted: AtomicU64,
}

impl Received {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            spans: AtomicU64::new(0),
            children: AtomicU64::new(0),
            attributes: AtomicU64::new(0),
            events: AtomicU64::new(0),
            logs: AtomicU64::new(0),
            counted: AtomicU64::new(0),
        }
    }

    /// Adds a batch of spans or log records.
    pub fn add(&self, counts: Counts) {
        self.children.fetch_add(counts.children, Ordering::Relaxed);
        self.attributes.fetch_add(counts.attributes, Ordering::Relaxed);
        self.events.fetch_add(counts.events, Ordering::Relaxed);
        self.logs.fetch_add(counts.logs, Ordering::Release);
        self.spans.fetch_add(counts.spans, Ordering::Release);
    }

    /// Takes over what counters say: they tell the whole so far.
    pub fn set_counted(&self, counted: u64) {
        self.counted.store(counted, Ordering::Release);
    }

    /// What has been received so far.
    pub fn counts(&self) -> Counts {
        Counts {
            spans: self.spans.load(Ordering::Acquire),
            children: self.children.load(Ordering::Relaxed),
            attributes: self.attributes.load(Ordering::Relaxed),
            events: self.events.load(Ordering::Relaxed),
            logs: self.logs.load(Ordering::Acquire),
            counted: self.counted.load(Ordering::Acquire),
        }
    }
}

/// Counts the spans or log records that it gets and drops them.
#[derive(Debug)]
pub struct NullExporter(pub &'static Received);

impl SpanExporter for NullExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let is_child = |span: &&SpanData| span.parent_span_id != SpanId::INVALID;
        self.0.add(Counts {
            spans: batch.len() as u64,
            children: batch.iter().filter(is_child).count() as u64,
            attributes: batch.iter().map(|span| span.attributes.len() as u64).sum(),
            events: batch.iter().map(|span| span.events.len() as u64).sum(),
            ..Counts::default()
        });
        Ok(())
    }
}

impl LogExporter for NullExporter {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.0.add(Counts { logs: batch.iter().count() as u64, ..Counts::default() });
        Ok(())
    }
}

/// Counts the spans that another exporter has delivered.
#[derive(Debug)]
pub struct CountingExporter<E>(pub E, pub &'static Received);

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let counts = Counts { spans: batch.len() as u64, ..Counts::default() };
        self.0.export(batch).await?;
        self.1.add(counts);
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
