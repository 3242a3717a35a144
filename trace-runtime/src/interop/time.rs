//! Times that are said through OpenTelemetry's API, as ticks.

use crate::context::capture_of;
use crate::recorder::start::Lineage;
use crate::recorder::task;
use crate::scope;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The API has no way to say "now" but the time of the system's clock a moment ago. Spans and events
/// that happen now go by the clock of all others, so that their durations and their order fit.
const NOW: Duration = Duration::from_micros(20);
/// Where a capture counts its own time, what is about now is now by its clock, however slow the
/// machine is.
const NOW_IN_CAPTURE: Duration = Duration::from_secs(10);

/// The tick of a time that somebody has said of a span in this capture; `None`: it is now.
pub(super) fn tick_of(time: SystemTime, capture: u32) -> Option<u64> {
    let now = SystemTime::now();
    let distance = now.duration_since(time).unwrap_or_else(|error| error.duration());
    let tolerance = if scope::is_counting(capture) { NOW_IN_CAPTURE } else { NOW };
    (distance > tolerance).then(|| scope::given_tick(unix_nanos(time)))
}

/// The same for a span that is about to start.
pub(super) fn given(time: SystemTime, lineage: Lineage<'_>) -> Option<u64> {
    let capture = match lineage {
        Lineage::Under(parent) if capture_of(parent) != 0 => capture_of(parent),
        _ => task::current().capture,
    };
    tick_of(time, capture)
}

/// Times before the epoch are the epoch, and those after the year 2262 that year.
fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).min(i64::MAX as u64)
}
