//! Keeps the running pipeline of the process. A test observes through it, and a program under test that
//! installs telemetry itself works beside it.

use super::running::Running;
use crate::collector;
use crate::export::Exporter;
use crate::recorder::fork;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Makes an exporter that is added to every pipeline.
pub(crate) type Tap = fn() -> Box<dyn Exporter>;

struct Pipelines {
    running: Weak<Running>,
    /// One that the testkit has installed, which stands in for the program's own.
    stand_in: Option<Arc<Running>>,
    tap: Option<Tap>,
    /// Whether the running pipeline is tapped.
    is_tapped: bool,
}

static PIPELINES: Mutex<Pipelines> =
    Mutex::new(Pipelines { running: Weak::new(), stand_in: None, tap: None, is_tapped: false });

/// Makes forks wait until no other thread holds the registry; the running pipeline is the parent's.
pub(crate) fn keep_over_forks() {
    fork::keep(&PIPELINES, |pipelines| {
        std::mem::forget(std::mem::take(&mut pipelines.running));
        std::mem::forget(pipelines.stand_in.take());
        pipelines.is_tapped = false;
    });
}

fn lock() -> MutexGuard<'static, Pipelines> {
    PIPELINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the running pipeline, if there is one.
pub(crate) fn running() -> Option<Arc<Running>> {
    lock().running.upgrade()
}

/// Returns whether the running pipeline has the testkit's exporter; `None` if none is running.
pub(crate) fn is_watched() -> Option<bool> {
    let pipelines = lock();
    let running = pipelines.running.upgrade().filter(|running| !running.has_stopped())?;
    let stands_in = pipelines.stand_in.as_ref().is_some_and(|it| Arc::ptr_eq(it, &running));
    Some(stands_in || pipelines.is_tapped)
}

/// Records an installed pipeline.
pub(crate) fn installed(running: &Arc<Running>, is_tapped: bool) {
    let mut pipelines = lock();
    pipelines.running = Arc::downgrade(running);
    pipelines.is_tapped = is_tapped;
}

/// Makes the running pipeline stand in for others.
pub(crate) fn stand_in() {
    let mut pipelines = lock();
    pipelines.stand_in = pipelines.running.upgrade();
    pipelines.is_tapped = false;
    // Measurements of captures go to their own meters.
    #[cfg(feature = "metrics")]
    crate::state::change(crate::state::METERING, true);
}

/// Makes a stand-in give way, from now on, to the program's own pipeline, to which `tap` adds an
/// exporter.
pub(crate) fn tap(tap: Tap) {
    lock().tap = Some(tap);
}

/// Returns whether a test observes the pipeline that the program installs.
pub(crate) fn is_observed() -> bool {
    let pipelines = lock();
    pipelines.stand_in.is_some() || pipelines.tap.is_some()
}

/// Returns whether new pipelines get the exporter of [`tap`].
pub(crate) fn is_tapped() -> bool {
    lock().tap.is_some()
}

/// The state that a program finds when it installs a pipeline.
pub(crate) enum Slot {
    /// A pipeline that stands in for its own.
    StandIn(Arc<Running>),
    /// No pipeline; its own gets this exporter too.
    Free(Option<Box<dyn Exporter>>),
}

/// Returns whether a program may install a pipeline: none is running, or one that stands in for its own.
pub(crate) fn may_install() -> bool {
    lock().stand_in.is_some() || !collector::is_installed()
}

/// The time that a stand-in may take to give way.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks for a stand-in, which gives way if the program's own pipeline can be tapped.
pub(crate) fn find() -> Slot {
    let mut pipelines = lock();
    let Some(tap) = pipelines.tap else {
        return match &pipelines.stand_in {
            Some(running) => Slot::StandIn(running.clone()),
            None => Slot::Free(None),
        };
    };
    let stand_in = pipelines.stand_in.take();
    drop(pipelines);
    if let Some(running) = stand_in {
        running.shutdown(Instant::now() + PATIENCE);
    }
    Slot::Free(Some(tap()))
}
