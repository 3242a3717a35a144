//! Converts times from OpenTelemetry's API to ticks.

use crate::captures;
use crate::context::capture_of;
use crate::recorder::start::Lineage;
use crate::recorder::task;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The API can express "now" only as a recent time of the system's clock. Spans and events
/// that happen now use the same clock as all others, so that their durations and their order are consistent.
const NOW: Duration = Duration::from_micros(20);
/// Where a capture counts its own time, a recent time means now by the capture's clock, however slow the
/// machine is.
const NOW_IN_CAPTURE: Duration = Duration::from_secs(10);

/// Returns the tick of a time that a caller set on a span in this capture; `None` for now.
pub(super) fn tick_of(time: SystemTime, capture: u32) -> Option<u64> {
    let now = SystemTime::now();
    let distance = now.duration_since(time).unwrap_or_else(|error| error.duration());
    let tolerance = if captures::is_counting(capture) { NOW_IN_CAPTURE } else { NOW };
    (distance > tolerance).then(|| captures::given_tick(unix_nanos(time)))
}

/// Returns the tick of the start time that a caller set on a new span; `None` for now.
pub(super) fn given(time: SystemTime, lineage: Lineage<'_>) -> Option<u64> {
    let capture = match lineage {
        Lineage::Under(parent) if capture_of(parent) != 0 => capture_of(parent),
        _ => task::current().capture,
    };
    tick_of(time, capture)
}

/// Returns nanoseconds since the Unix epoch, clamped to the epoch and the year 2262.
fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).min(i64::MAX as u64)
}
