//! Sets OpenTelemetry's globals.

use crate::deadline::Begun;
use crate::recorder::fork;
use std::time::{Duration, Instant};

/// The maximum wait for a global.
const PATIENCE: Duration = Duration::from_millis(100);

/// Sets one of OpenTelemetry's globals. In a child process it may be locked for good, by a thread of the
/// parent that was reading it during the fork. So a separate thread sets it, and the wait is short.
pub(crate) fn set_global(set: impl FnOnce() + Send + 'static) {
    if fork::count() == 0 {
        set();
    } else {
        Begun::new("trace-globals", set).wait(Instant::now() + PATIENCE);
    }
}
