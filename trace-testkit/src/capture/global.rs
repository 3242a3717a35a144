//! Captures the telemetry of a whole process.

use super::pipeline::{self, ToCaptures};
use super::process::{self, ProcessState};
use crate::recorded::Recorded;
use crate::runtime;
use crate::signals::Signals;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// Captures everything that the process records from now on, on any thread.
///
/// Use it to test a whole program, in a separate test binary. The program may install telemetry
/// itself, by `trace_runtime::init()` or a builder, once or several times: then its exporters,
/// sampler and limits apply, and what they let through is captured as well. What it records
/// without or before that is captured too. Set `OTEL_TRACES_EXPORTER=none` to capture spans without
/// exporting them.
///
/// Ids and times are real. Other captures that are alive still see their own telemetry.
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
             process, so keep such tests in separate test binaries, or drop the first"
        )
    };
    GlobalCapture { recorded: Recorded::new(state.clone()), state }
}

/// The telemetry of the whole process; returned by [`capture_global`].
///
/// Read and assert by the methods of [`Recorded`]. Dropping it discards everything.
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
