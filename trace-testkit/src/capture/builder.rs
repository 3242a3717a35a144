//! Builds captures that differ from the default.

use super::Capture;
use super::pipeline;
use super::registry::SharedCapture;
use super::state::{CaptureSettings, CaptureState};
use std::sync::Arc;
use trace_runtime::sampling::Sampler;

/// Configures a [`Capture`]; created by [`Capture::builder`].
///
/// ```
/// use trace_runtime::in_span;
/// use trace_runtime::sampling::AlwaysOff;
/// use trace_testkit::Capture;
///
/// let t = Capture::builder().with_sampler(AlwaysOff).start();
/// in_span("health", |_| ());
/// assert!(t.spans().is_empty());
/// ```
#[derive(Debug, Default)]
#[must_use = "a capture begins when `start` is called"]
pub struct CaptureBuilder {
    settings: CaptureSettings,
}

impl CaptureBuilder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Keeps random ids and the real clock: spans are recorded exactly as in production. Use it for
    /// benches, and for tests of what a deterministic capture would hide.
    pub fn live(mut self) -> Self {
        self.settings.live = true;
        self
    }

    /// Sets the sampler that decides which traces of this capture are recorded. By default, all are.
    ///
    /// Instead of the trace ids, which count up, it sees ids that look random but are the same in
    /// every run, so that a ratio-based sampler takes its share.
    pub fn with_sampler(mut self, sampler: impl Sampler) -> Self {
        self.settings.sampler = Some(Box::new(sampler));
        self
    }

    /// Seeds the ids that the sampler sees; the default is 0.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Starts the capture on the calling thread.
    ///
    /// # Panics
    /// When the process already runs a pipeline that is not the testkit's.
    #[track_caller]
    #[must_use]
    pub fn start(self) -> Capture {
        Capture::new(self.share(), true)
    }

    /// Starts the capture without making it current on the calling thread: it records only what is
    /// [entered](Capture::enter) or [handed to it](Capture::captured).
    ///
    /// ```
    /// use trace_testkit::Capture;
    ///
    /// let t = Capture::builder().start_elsewhere();
    /// trace_runtime::in_span("here", |_| ());
    /// t.in_capture(|| trace_runtime::in_span("there", |_| ()));
    /// assert_eq!(t.spans().len(), 1);
    /// ```
    ///
    /// # Panics
    /// When the process already runs a pipeline that is not the testkit's.
    #[track_caller]
    #[must_use]
    pub fn start_elsewhere(self) -> Capture {
        Capture::new(self.share(), false)
    }

    #[track_caller]
    fn share(self) -> Arc<SharedCapture> {
        pipeline::ensure();
        SharedCapture::new(Arc::new(CaptureState::new(self.settings)))
    }
}
