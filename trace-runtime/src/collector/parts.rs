//! Reads the parts of records that are no attributes: texts, flags, links.

use crate::config::Limits;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::export::{FinishedLink, FinishedSpan, Status};
use crate::recorder::fields::{Fields, dropped_values};
use crate::recorder::record;
use crate::recorder::words::{Chunk, RecordedValue, WordReader};
use std::borrow::Cow;

/// An explicit `Ok` is final, and `Error` beats `Unset`
/// ([set status](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)).
pub(super) fn set_status(span: &mut FinishedSpan, status: Status) {
    if span.status != Status::Ok {
        span.status = status;
    }
}

/// The text of a name or a description.
pub(super) fn owned(value: Option<RecordedValue<'_>>) -> Cow<'static, str> {
    match value {
        Some(RecordedValue::Static(text)) => Cow::Borrowed(text),
        Some(RecordedValue::Str(text)) => Cow::Owned(text.to_owned()),
        Some(RecordedValue::I64(value)) => Cow::Owned(value.to_string()),
        Some(RecordedValue::U64(value)) => Cow::Owned(value.to_string()),
        Some(RecordedValue::F64(value)) => Cow::Owned(value.to_string()),
        Some(RecordedValue::Bool(value)) => Cow::Owned(value.to_string()),
        _ => Cow::Borrowed(""),
    }
}

/// How many attributes of a record had no room.
pub(super) fn dropped_of(flags: u8, values: Chunk<'_>) -> u32 {
    if flags & record::DROPPED_VALUES == 0 { 0 } else { dropped_values(values) }
}

/// The flags in the lowest byte, without those that are not W3C's.
pub(super) fn exported_flags(word: u64) -> TraceFlags {
    TraceFlags::new(word as u8).without(TraceFlags::DEBUG)
}

/// A link of a span, unless it has enough.
pub(super) fn read_link(
    span: &mut FinishedSpan,
    limits: &Limits,
    record_flags: u8,
    reader: &mut WordReader<'_>,
) {
    if span.links.len() >= limits.link_count as usize {
        span.dropped_links += 1;
        return;
    }
    let (high, low, span_id) = (reader.word(), reader.word(), reader.word());
    let flags = reader.word();
    let trace_state = reader.text();
    let context = SpanContext {
        trace_id: TraceId::from_u128(u128::from(high) << 64 | u128::from(low)),
        span_id: SpanId::from_u64(span_id),
        flags: exported_flags(flags),
        remote: flags >> 8 & 1 != 0,
        capture: (flags >> 32) as u32,
        trace_state: (!trace_state.is_empty()).then(|| trace_state.into()),
    };
    let mut fields = Fields::default();
    let chunk = reader.chunk();
    fields.push(chunk);
    let dropped_attributes =
        dropped_of(record_flags, chunk) + fields.set_limit(limits.link_attribute_count, span.site);
    span.links.push(FinishedLink { context, dropped_attributes, site: span.site, fields });
}
