//! The numbers of OTLP, which both of its encodings use
//! ([definition](https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto/trace/v1)).

use crate::context::TraceFlags;
use crate::kind::SpanKind;
#[cfg(any(feature = "logs", feature = "metrics"))]
use std::time::{SystemTime, UNIX_EPOCH};

/// The flag of spans and links that marks `IS_REMOTE` as valid.
const HAS_IS_REMOTE: u32 = 0x100;
/// The flag of spans and links whose parent or linked span belongs to another process.
const IS_REMOTE: u32 = 0x200;

/// Returns the number of a kind.
pub(super) fn kind(kind: SpanKind) -> u32 {
    match kind {
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
        _ => 1,
    }
}

/// Returns the flags of a span, whose parent may be remote, or of a link.
pub(super) fn flags(flags: TraceFlags, is_remote: bool) -> u32 {
    u32::from(flags.to_u8()) | HAS_IS_REMOTE | if is_remote { IS_REMOTE } else { 0 }
}

/// Returns nanoseconds since 1970; 0 for times before that or out of range.
#[cfg(any(feature = "logs", feature = "metrics"))]
pub(super) fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or_default()
}
