use super::Capture;
use super::pipeline;
use super::registry::SharedCapture;
use super::state::{CaptureSettings, CaptureState};
use std::sync::Arc;
use trace_runtime::sampling::Sampler;

/// What a capture is to be like.
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

    /// Leaves ids random and the clock alone: spans are recorded as they are in production, by the
    /// same instructions. For benches, and for tests of what a deterministic capture would hide.
    pub fn live(mut self) -> Self {
        self.settings.live = true;
        self
    }

    /// Decides which traces of this capture are recorded; all are unless this is called.
    ///
    /// In place of the trace ids, which count up, it sees ids that are scattered like random ones and
    /// the same in every run, so that a sampler of a share of all traces takes its share.
    pub fn with_sampler(mut self, sampler: impl Sampler) -> Self {
        self.settings.sampler = Some(Box::new(sampler));
        self
    }

    /// Scatters the ids that a sampler sees in another way.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Begins the capture, on the calling thread.
    ///
    /// # Panics
    /// When the process already runs a pipeline that is not the testkit's.
    #[track_caller]
    #[must_use]
    pub fn start(self) -> Capture {
        Capture::new(self.share(), true)
    }

    /// Begins the capture, but not on the calling thread: only what is handed to it is in it.
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
