//! Builds captures that differ from the default.

use super::Capture;
use super::pipeline;
use super::registry::SharedCapture;
use super::state::{CaptureSettings, CaptureState};
use crate::runtime;
use std::sync::Arc;
use trace_runtime::Level;
use trace_runtime::sampling::{Sampler, TailSampling};

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

    /// Decides about each trace of this capture once it has ended, as a pipeline with this
    /// [tail sampling](trace_runtime::TelemetryBuilder::with_tail_sampling) does: the capture's spans are
    /// those of the traces that are kept, and [`Recorded::sampled`](crate::Recorded::sampled) knows what
    /// became of the others.
    ///
    /// The verdicts are made when the capture is read, in the order of its clock, and are the same in every
    /// run. Budgets, time-outs and usual durations depend on that clock: step it, and nothing has to sleep.
    /// At one moment of the clock, traces come one after the other, in the order of their starts.
    ///
    /// ```
    /// use std::time::Duration;
    /// use trace_runtime::in_span;
    /// use trace_runtime::sampling::TailSampling;
    /// use trace_testkit::Capture;
    ///
    /// // Everything, but one span a second.
    /// let tail = TailSampling::new(1.0).with_budget(1.0);
    /// let t = Capture::builder().with_tail_sampling(tail).start();
    /// t.clock();
    /// (0..3).for_each(|_| in_span("request", |_| ()));
    /// t.sampled("request").kept_for("probability", 1);
    /// t.sampled("request").dropped_for("quota", 2);
    ///
    /// t.clock().step(Duration::from_secs(1));
    /// in_span("request", |_| ());
    /// t.sampled("request").kept_for("probability", 2);
    /// assert_eq!(t.spans().len(), 2);
    /// ```
    ///
    /// # Panics
    /// When a setting is invalid.
    #[track_caller]
    pub fn with_tail_sampling(mut self, settings: TailSampling) -> Self {
        match runtime::checked(settings) {
            Ok(settings) => self.settings.tail = Some(settings),
            Err(error) => panic!("the tail sampling of a capture: {error}"),
        }
        self
    }

    /// Turns a level on in this capture: functions up to it have spans, such as `#[trace(level = debug)]`;
    /// up to `Info` by default.
    ///
    /// ```
    /// use trace_runtime::{Level, trace};
    /// use trace_testkit::Capture;
    ///
    /// #[trace(level = debug)]
    /// fn look_up() {}
    ///
    /// let t = Capture::builder().with_level(Level::Debug).start();
    /// look_up();
    /// t.span("look_up").count(1);
    /// ```
    pub fn with_level(mut self, level: Level) -> Self {
        self.settings.level = Some(level);
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
