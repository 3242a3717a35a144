//! Defines the API for the testkit. Hidden, and its name contains the version, so that no other code
//! depends on it.
#![allow(missing_docs)]

pub mod escape {
    //! Text from outside, escaped for one line.
    pub use crate::escape::*;
}
pub use crate::captures::{CaptureHooks, Decided, OrphanRoot};
pub use crate::collector::{CapturedSpans, CapturedVerdict, Judged};
#[cfg(feature = "logs")]
pub use crate::logs::seam as logs;
pub use crate::recorder::attached::Attached;
pub use opentelemetry_sdk::Resource;

use crate::captures::{DETERMINISTIC, HANDED, JUDGED, NUMBER, registry};
use crate::carriers::carried::{self, WithContext};
use crate::collector;
use crate::context::Current;
use crate::export::{Exporter, FinishedSpan, FinishedSpans};
use crate::interop;
use crate::level::Level;
use crate::loss::LossReport;
use crate::pipeline::registry as pipeline;
use crate::recorder::attached::attach_current;
use crate::recorder::writer::hold_ring as hold;
use crate::recorder::{RecordedValue, pages, task};
use crate::request;
use crate::sampling::{SamplingError, TailSampling};
use crate::state;
use opentelemetry::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A capture in force, until dropped.
#[derive(Debug)]
pub struct Registered {
    /// As contexts carry it: the number, and how the capture counts.
    capture: u32,
    level: u8,
}

/// How a capture differs from production.
#[derive(Clone, Copy, Debug)]
pub struct CaptureMode {
    /// It counts ids, and has a clock.
    pub deterministic: bool,
    /// It decides about its traces once they have ended.
    pub judged: bool,
    /// The level that is on in it; `None`: that of the process.
    pub level: Option<Level>,
}

/// Puts a capture in force.
pub fn register(scope: Arc<dyn CaptureHooks>, mode: CaptureMode) -> Registered {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = registry::register(NEXT.fetch_add(1, Ordering::Relaxed), scope);
    if mode.level.is_some() {
        request::note_level();
    }
    let flags = [(mode.deterministic, DETERMINISTIC), (mode.judged, JUDGED)];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag);
    Registered {
        capture: flags.fold(number, |capture, flag| capture | flag),
        level: mode.level.map_or(0, |level| level as u8),
    }
}

/// The bytes that the undecided spans of a capture may take: what they may in a pipeline with the
/// default memory limit.
pub const UNDECIDED_BYTES: usize = 32 << 20;

/// Returns settings of tail sampling, unless one of them is invalid.
pub fn checked(settings: TailSampling) -> Result<TailSampling, SamplingError> {
    settings.check()
}

impl Registered {
    /// Returns the capture's number; never 0.
    pub fn number(&self) -> u32 {
        self.capture & NUMBER
    }

    /// Returns the context of the capture outside all spans, in which the test itself runs.
    pub fn ground(&self) -> Context {
        Context(Current { capture: self.capture, level: self.level, ..Current::NONE })
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        registry::unregister(self.number());
    }
}

/// A context that can be made current.
#[derive(Clone, Debug)]
pub struct Context(Current);

impl Context {
    /// Returns the context for another task or thread, whose spans run concurrently with others.
    #[must_use]
    pub fn handed_over(mut self) -> Self {
        self.0.capture |= HANDED;
        self
    }

    /// Makes it current until the guard is dropped. If its capture is already current, the current
    /// context stays.
    pub fn enter(&self) -> Attached {
        match current() == self.0.capture & NUMBER {
            true => Attached::nothing(),
            false => self.attach(),
        }
    }

    /// Makes it current until the guard is dropped, even if its capture is already current.
    pub fn attach(&self) -> Attached {
        attach_current(self.0.clone())
    }
}

/// Wraps a future in this context, which is current in each poll and in the drop.
pub fn carry<F>(context: &Context, future: F) -> WithContext<F> {
    carried::carry(future, context.0.clone())
}

/// Returns the number of the capture that is current on this thread; 0 if none is.
pub fn current() -> u32 {
    task::current().capture & NUMBER
}

/// Returns whether a span waits for the verdict of its capture.
pub fn is_judged(span: FinishedSpan<'_>) -> bool {
    pages::capture_of(span) & JUDGED != 0
}

/// Returns the number of the capture that a span belongs to; 0 if none.
pub fn capture_of(span: FinishedSpan<'_>) -> u32 {
    pages::capture_of(span) & NUMBER
}

/// Registers `hear`, which is called for each trace that begins outside all captures, on its thread.
pub fn on_orphan(hear: fn(OrphanRoot<'_>)) {
    registry::on_orphan(hear);
}

/// Makes the running pipeline stand in for those that programs under test install.
pub fn stand_in() {
    pipeline::stand_in();
}

/// Returns whether the running pipeline has the testkit's exporter; `None` if none is running.
pub fn is_watched() -> Option<bool> {
    pipeline::is_watched()
}

/// Returns whether [`tap`] was called.
pub fn is_tapped() -> bool {
    pipeline::is_tapped()
}

/// Makes a stand-in give way, from now on, to the pipelines that programs under test install. Each of
/// them gets one additional exporter.
pub fn tap(tap: fn() -> Box<dyn Exporter>) {
    pipeline::tap(tap);
}

/// In practice no deadline.
const FAR: Duration = Duration::from_secs(365 * 24 * 3_600);

/// Makes the running pipeline deliver all that was recorded, and returns the open spans of a capture
/// (0: of all). Returns `Err` if that takes longer than `timeout`.
pub fn flush(capture: u32, timeout: Duration) -> Result<FinishedSpans, Box<LossReport>> {
    let Some(running) = pipeline::running() else { return Ok(FinishedSpans::default()) };
    let now = Instant::now();
    let deadline = now.checked_add(timeout).unwrap_or_else(|| now + FAR);
    let open = running.flush_and_look(capture, deadline);
    open.ok_or_else(|| running.report_of_missed().into())
}

/// Makes the calling thread find its ring full from now on, or ends that; returns `false` if nothing
/// records, or a value is being formatted.
pub fn hold_ring(held: bool) -> bool {
    state::load() & state::ON != 0 && hold(held)
}

/// Stops the collector from reading, as if it got no processor, or lets it continue.
pub fn hold_collector(held: bool) {
    collector::hold(held);
}

/// Returns a value of OpenTelemetry's API as if it had been recorded.
pub fn recorded(value: &Value) -> RecordedValue<'_> {
    // No other kind exists yet.
    interop::recorded(value).unwrap_or(RecordedValue::Str(""))
}
