//! Keeps an open span with its details: its end, events, links and errors.

use super::limits::SpanLimits;
use crate::captures;
use crate::clock::Timebase;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId, in_capture};
use crate::export::{FinishedEvent, FinishedLink, FinishedSpan, Status};
use crate::outcome::Outcome;
use crate::recorder::fields::{Fields, dropped_values};
use crate::recorder::record::{self, Record};
use crate::recorder::words::{Chunk, RecordedValue, WordReader};
use crate::value::{Text, Value};
use std::borrow::Cow;

/// A span that is not closed yet.
pub(super) struct OpenSpan {
    pub(super) span: FinishedSpan,
    pub(super) parent: u64,
    pub(super) start_tick: u64,
    pub(super) start_mono: i64,
    /// What it takes of the memory for open spans; 0: it has ended.
    pub(super) bytes: usize,
}

impl OpenSpan {
    /// The wall-clock time of a tick within the span: its start plus what has passed since.
    pub(super) fn at(&self, times: &Timebase, tick: u64) -> u64 {
        if let Some(nanos) = captures::virtual_nanos(tick) {
            return nanos.max(self.span.start_unix_nanos);
        }
        // An explicit start time is on no clock of ours.
        if captures::virtual_nanos(self.start_tick).is_some() {
            return times.wall(times.mono(tick)).max(self.span.start_unix_nanos);
        }
        let passed = if tick < self.start_tick { 0 } else { times.mono(tick) - self.start_mono };
        self.span.start_unix_nanos.saturating_add_signed(passed.max(0))
    }

    pub(super) fn end(&mut self, times: &Timebase, tick: u64, outcome: Outcome) {
        self.span.end_unix_nanos = self.at(times, tick);
        self.span.outcome = outcome;
        match outcome {
            Outcome::Panic => {
                let description = Cow::Borrowed("panicked");
                set_status(&mut self.span, Status::Error { description });
                self.span.fields.add(&[("error.type", Value::Static("panic"))]);
            }
            Outcome::Cancelled => self.span.fields.add(&[("cancelled", Value::Bool(true))]),
            _ => {}
        }
    }

    /// An error: status, `error.type`, and an `exception` event
    /// ([exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/)).
    pub(super) fn error(
        &mut self,
        times: &Timebase,
        limits: &SpanLimits,
        record: Record<'_>,
        reader: &mut WordReader<'_>,
    ) {
        let unix_nanos = self.at(times, reader.word());
        let kind = owned(reader.value());
        // What was left out because it was too long comes as no value.
        let mut dropped = 0;
        let mut text = || {
            let value = reader.value();
            dropped += u32::from(value.is_none());
            owned(value)
        };
        let message = text();
        let causes = record.count() & !record::MORE_CAUSES;
        let mut chain = String::new();
        for index in 0..causes {
            if index == 0 {
                chain = format!("{message}\n\nCaused by:");
            }
            chain.push_str(&format!("\n    {index}: {}", text()));
        }
        if record.count() & record::MORE_CAUSES != 0 {
            chain.push_str("\n    …");
        }
        let fails = record.flags() & record::FAILS != 0;
        if fails {
            self.span.fields.add(&[("error.type", kind.text())]);
        }
        fn or_absent(text: &str) -> Value<'_> {
            if text.is_empty() { Value::Absent } else { Value::Str(text) }
        }
        self.event(limits, Cow::Borrowed("exception"), unix_nanos, |fields| {
            fields.add(&[
                ("exception.type", kind.text()),
                ("exception.message", or_absent(&message)),
                ("exception.stacktrace", or_absent(&chain)),
            ]);
            dropped
        });
        if fails {
            set_status(&mut self.span, Status::Error { description: message });
        }
    }

    pub(super) fn event(
        &mut self,
        limits: &SpanLimits,
        name: Cow<'static, str>,
        unix_nanos: u64,
        attributes: impl FnOnce(&mut Fields) -> u32,
    ) {
        if self.span.events.len() >= limits.event_count as usize {
            self.span.dropped_events += 1;
            return;
        }
        let mut fields = Fields::default();
        let dropped = attributes(&mut fields);
        let over = fields.set_limit(limits.event_attribute_count, self.span.site);
        let dropped_attributes = dropped + over;
        let site = self.span.site;
        self.span.events.push(FinishedEvent { name, unix_nanos, dropped_attributes, site, fields });
    }
}

/// An explicit `Ok` is final, and `Error` beats `Unset`
/// ([set status](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)).
pub(super) fn set_status(span: &mut FinishedSpan, status: Status) {
    if span.status != Status::Ok {
        span.status = status;
    }
}

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

pub(super) fn read_link(
    span: &mut FinishedSpan,
    limits: &SpanLimits,
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
    let new = if flags >> 8 & 1 != 0 { SpanContext::remote } else { SpanContext::new };
    let trace_id = TraceId::from_u128(u128::from(high) << 64 | u128::from(low));
    let mut context = new(trace_id, SpanId::from_u64(span_id), exported_flags(flags));
    if !trace_state.is_empty() {
        context = context.with_trace_state(trace_state);
    }
    let context = in_capture(context, (flags >> 32) as u32);
    let mut fields = Fields::default();
    let chunk = reader.chunk();
    fields.push(chunk);
    let dropped_attributes =
        dropped_of(record_flags, chunk) + fields.set_limit(limits.link_attribute_count, span.site);
    span.links.push(FinishedLink { context, dropped_attributes, site: span.site, fields });
}
