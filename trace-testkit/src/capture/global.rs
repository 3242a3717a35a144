//! The telemetry of a whole process.

use super::pipeline::{self, ToCaptures};
use super::process::{self, ProcessState};
use crate::recorded::Recorded;
use crate::signals::Signals;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use trace_runtime::__testing_0_1_0 as runtime;

/// Captures everything that the process records from now on, wherever it happens.
///
/// For tests of a whole program, in a test binary of their own. The program may install telemetry
/// itself, by `trace_runtime::init()` or a builder, once or several times: then its own exporters,
/// sampler and limits are in force, and what they let through is captured besides. What it records
/// without or before that is captured too. Where it would send what it exports to nobody, set
/// `OTEL_TRACES_EXPORTER=none`: then it only is captured.
///
/// Ids and times are real. Captures that are alive at the same time go on to see their own.
///
/// ```no_run
/// # fn program() {}
/// let t = trace_testkit::capture_global();
/// program(); // Calls `trace_runtime::init()`, or does not.
/// assert!(t.spans().iter().any(|span| span.name == "serve"));
/// ```
///
/// # Panics
/// When the program has installed telemetry before, or when the process is captured already.
#[track_caller]
#[must_use]
pub fn capture_global() -> GlobalCapture {
    pipeline::ensure();
    runtime::tap(|| Box::new(ToCaptures::default()));
    let Some(state) = process::begin() else {
        panic!(
            "`capture_global` is called while another global capture is alive: there is one \
             process, so keep such tests in test binaries of their own, or drop the first"
        )
    };
    GlobalCapture { recorded: Recorded::new(state.clone()), state }
}

/// The telemetry of the whole process; made by [`capture_global`].
///
/// All reading and asserting is by the methods of [`Recorded`]. Dropped, it forgets everything.
pub struct GlobalCapture {
    recorded: Recorded,
    state: Arc<ProcessState>,
}

impl GlobalCapture {
    pub(crate) fn signals(&self) -> &Arc<Signals> {
        self.state.signals()
    }
}

impl Drop for GlobalCapture {
    fn drop(&mut self) {
        process::end();
    }
}

impl Deref for GlobalCapture {
    type Target = Recorded;

    fn deref(&self) -> &Recorded {
        &self.recorded
    }
}

impl UnwindSafe for GlobalCapture {}
impl RefUnwindSafe for GlobalCapture {}

impl fmt::Debug for GlobalCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalCapture").finish_non_exhaustive()
    }
}
