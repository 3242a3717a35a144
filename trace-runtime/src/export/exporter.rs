//! Defines what an exporter receives and promises.

use super::finished::FinishedSpan;
use crate::escape;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// Sends finished spans somewhere.
///
/// Each exporter runs on its own thread behind a bounded queue, so `export` may block; it may
/// fail and even panic: what it did not deliver is counted. Stock OpenTelemetry exporters need no
/// implementation of this trait: hand them to
/// [`TelemetryBuilder::with_otel_span_exporter`](crate::TelemetryBuilder::with_otel_span_exporter).
///
/// `T` is what it exports: spans by default. The runtime's own exporters of log
/// records go the same way.
pub trait Exporter<T = FinishedSpan>: Send + 'static {
    /// A short name for reports and warnings, such as `otlp`.
    fn name(&self) -> Cow<'static, str>;

    /// Where it delivers, for the line that reports at start-up what was set up. It must contain no
    /// secret. The name, unless an exporter knows better.
    fn destination(&self) -> String {
        self.name().into_owned()
    }

    /// Called once before anything else.
    fn set_resource(&mut self, resource: &Resource) {
        let _ = resource;
    }

    /// How long a span, or a record, may wait for others to fill a batch; `None` for the configured delay.
    fn max_delay(&self) -> Option<Duration> {
        None
    }

    /// When [`export`](Self::export) wants to be called even if none comes: then it is called
    /// with an empty batch. Asked after each call.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// Delivers one batch.
    ///
    /// # Errors
    /// When the batch was not delivered; what it holds is then counted as lost, all of them or as
    /// many as [`ExportError::partial`] counts.
    fn export(&mut self, batch: &[&T]) -> Result<(), ExportError>;

    /// Delivers what the exporter itself holds back.
    ///
    /// # Errors
    /// When that was not possible. As many as [`ExportError::partial`] names were counted as exported
    /// before, and are then counted as lost.
    fn force_flush(&mut self) -> Result<(), ExportError> {
        Ok(())
    }

    /// Called once, last.
    ///
    /// # Errors
    /// When something could not be delivered or closed.
    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        let _ = timeout;
        Ok(())
    }
}

/// Why a batch was not delivered, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    message: String,
    lost: Option<usize>,
    /// Nothing is lost: it may be exported again then, and not before.
    later: Option<Instant>,
}

impl ExportError {
    /// An error with a message for people; the whole batch is lost.
    ///
    /// The message is kept as one line of at most 1,024 characters: control characters, line breaks
    /// and controls of bidirectional text are escaped, since it may quote what a receiver has sent.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: escape::line(message.into()).to_string(), lost: None, later: None }
    }

    /// An error that cost only `lost` items of the batch; the others were delivered.
    pub fn partial(lost: usize, message: impl Into<String>) -> Self {
        Self { lost: Some(lost), ..Self::new(message) }
    }

    /// How many items of the batch were lost; `None` for all.
    pub fn lost(&self) -> Option<usize> {
        self.lost
    }

    /// Gives the batch back: it may be exported again at that moment, and not before.
    #[cfg_attr(
        not(any(feature = "otlp-http", feature = "otlp-grpc")),
        allow(dead_code, reason = "only receivers ask for it")
    )]
    pub(crate) fn postponed(mut self, until: Instant) -> Self {
        self.later = Some(until);
        self
    }

    /// When the batch may be exported again, if it was given back.
    pub(crate) fn later(&self) -> Option<Instant> {
        self.later
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExportError {}
