//! Sets OpenTelemetry's globals.

use crate::deadline::Begun;
use crate::recorder::fork;
use std::time::{Duration, Instant};

/// So long a global is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// Sets one of OpenTelemetry's globals. In a child process it may be locked for good, by a thread of the
/// parent that was looking at it during the fork: so it is not waited for here, nor for long.
pub(crate) fn set_global(set: impl FnOnce() + Send + 'static) {
    if fork::count() == 0 {
        set();
    } else {
        Begun::new("trace-globals", set).wait(Instant::now() + PATIENCE);
    }
}
