//! Adds the contents of records to an open span.

use super::head::{Head, StatusCode, bits};
use super::items::{self, put_item};
use super::limits::SpanLimits;
use super::put::{over, put_chunk, put_event, put_pairs};
use crate::captures;
use crate::clock::Timebase;
use crate::outcome::Outcome;
use crate::recorder::fields::{count_of, dropped_values, is_by_site};
use crate::recorder::record::{self, EVENT, FIELDS, LINK, NAME, Record, STATUS};
use crate::recorder::sink::{put_static, put_str};
use crate::recorder::words::{Chunk, RecordedValue, WordReader};
use crate::value::{ToValue as _, Value, to_text};
use std::fmt::Write as _;

/// The start of a span on the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) tick: u64,
    pub(super) mono: i64,
}

impl Clock {
    /// Returns the wall-clock time of a tick within a span: its start plus what has passed since.
    #[inline]
    pub(super) fn at(self, times: &Timebase, tick: u64, start_unix_nanos: u64) -> u64 {
        if let Some(nanos) = captures::virtual_nanos(tick) {
            return nanos.max(start_unix_nanos);
        }
        // An explicit start time was not read from the clock.
        if captures::virtual_nanos(self.tick).is_some() {
            return times.wall(times.mono(tick)).max(start_unix_nanos);
        }
        let passed = if tick < self.tick { 0 } else { times.mono(tick) - self.mono };
        start_unix_nanos.saturating_add_signed(passed.max(0))
    }
}

/// An open span to which details are added.
#[derive(Debug)]
pub struct Details<'a> {
    pub(super) head: &'a mut Head,
    pub(super) clock: Clock,
    pub(super) last_event: &'a mut u64,
    /// The buffer to which its items are appended.
    pub(super) words: &'a mut Vec<u64>,
}

impl Head {
    /// Appends a chunk of attributes to its items.
    #[inline]
    pub(super) fn push_chunk(&mut self, words: &mut Vec<u64>, chunk: Chunk<'_>) {
        if count_of(chunk) == 0 {
            return;
        }
        // A second chunk may repeat a key.
        if self.bits & bits::HAS_FIELDS != 0 || !is_by_site(chunk) {
            self.bits |= bits::MAY_REPEAT;
        }
        self.bits |= bits::HAS_FIELDS;
        put_item(words, FIELDS, |words| put_chunk(words, chunk));
    }
}

/// Returns the number of a record's attributes that had no room.
fn dropped_of(record: Record<'_>, chunk: Chunk<'_>) -> u32 {
    if record.flags() & record::DROPPED_VALUES == 0 { 0 } else { dropped_values(chunk) }
}

impl Details<'_> {
    /// Returns the number of words of a span's items so far.
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// Adds the contents of a record that names this span.
    pub fn add(&mut self, limits: &SpanLimits, times: &Timebase, record: Record<'_>) {
        let mut reader = record.reader();
        // The serial.
        reader.word();
        match record.kind() {
            FIELDS => {
                let chunk = reader.chunk();
                self.head.dropped_attributes += dropped_of(record, chunk);
                self.head.push_chunk(self.words, chunk);
            }
            EVENT => {
                let tick = reader.word();
                // A time that the caller gives may precede the span.
                let unix_nanos =
                    captures::virtual_nanos(tick).unwrap_or_else(|| self.at(times, tick));
                let name = reader.value();
                let chunk = reader.chunk();
                let dropped = dropped_of(record, chunk);
                let shown = limits.event_attribute_count;
                let put_name = |words: &mut Vec<u64>| put_text(words, name);
                self.event(limits, unix_nanos, (dropped, shown), put_name, |words| {
                    put_chunk(words, chunk);
                });
            }
            LINK => self.link(limits, record, reader),
            NAME => {
                self.head.bits |= bits::NAMED;
                put_item(self.words, NAME, |words| words.extend_from_slice(reader.rest()));
            }
            STATUS => {
                let fails = self.fails_by(reader.word());
                let description = reader.rest();
                if fails {
                    put_item(self.words, STATUS, |words| words.extend_from_slice(description));
                }
            }
            record::NATURE => self.head.kind = record::span_kind(record.flags()),
            record::ERROR => self.error(limits, times, record, reader),
            _ => {}
        }
    }

    /// Adds what takes no memory of the contents of a record that names this span: its kind, and
    /// that it failed. Returns whether that is all of them.
    pub fn add_briefly(&mut self, record: Record<'_>) -> bool {
        let mut reader = record.reader();
        // The serial.
        reader.word();
        match record.kind() {
            record::NATURE => self.head.kind = record::span_kind(record.flags()),
            STATUS => return !self.fails_by(reader.word()) || reader.text().is_empty(),
            record::ERROR if record.flags() & record::FAILS != 0 => {
                self.set_status(StatusCode::Error);
                return false;
            }
            _ => return false,
        }
        true
    }

    /// Records the end, with the status and the attributes that its outcome implies.
    #[inline]
    pub(super) fn end(&mut self, times: &Timebase, tick: u64, outcome: Outcome) {
        self.head.end_unix_nanos = self.at(times, tick);
        self.head.outcome = outcome;
        match outcome {
            Outcome::Panic => {
                if self.set_status(StatusCode::Error) {
                    put_item(self.words, STATUS, |words| {
                        put_static(words, "panicked");
                    });
                }
                self.pairs(&[("error.type", Value::Static("panic"))]);
            }
            Outcome::Cancelled => self.pairs(&[("cancelled", Value::Bool(true))]),
            _ => {}
        }
    }

    #[inline]
    fn at(&self, times: &Timebase, tick: u64) -> u64 {
        self.clock.at(times, tick, self.head.start_unix_nanos)
    }

    fn pairs(&mut self, pairs: &[(&'static str, Value<'_>)]) {
        self.head.bits |= bits::HAS_FIELDS | bits::MAY_REPEAT;
        put_item(self.words, FIELDS, |words| put_pairs(words, pairs));
    }

    /// Sets the status that a record contains; returns whether that is `Error`, with the record's
    /// description.
    fn fails_by(&mut self, code: u64) -> bool {
        match code {
            1 => {
                self.set_status(StatusCode::Ok);
                false
            }
            3 if self.head.status != StatusCode::Unset => false,
            _ => self.set_status(StatusCode::Error),
        }
    }

    /// Sets the status, unless it is an explicit `Ok`, which is final
    /// ([set status](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)). Returns
    /// whether it is set.
    fn set_status(&mut self, status: StatusCode) -> bool {
        let is_final = self.head.status == StatusCode::Ok;
        if !is_final {
            self.head.status = status;
        }
        !is_final
    }

    /// Adds an event, whose attributes `chunk` appends. `dropped` is the number of attributes that
    /// had no room, and `shown` the number to show.
    fn event(
        &mut self,
        limits: &SpanLimits,
        unix_nanos: u64,
        (dropped, shown): (u32, u32),
        name: impl FnOnce(&mut Vec<u64>),
        chunk: impl FnOnce(&mut Vec<u64>),
    ) {
        if self.head.events >= limits.event_count {
            self.head.dropped_events += 1;
            return;
        }
        self.head.events += 1;
        if unix_nanos < *self.last_event {
            self.head.bits |= bits::EVENTS_OUT_OF_ORDER;
        }
        *self.last_event = unix_nanos;
        let site = self.head.site;
        put_event(self.words, site, (unix_nanos, dropped, shown), name, chunk);
    }

    fn link(&mut self, limits: &SpanLimits, record: Record<'_>, mut reader: WordReader<'_>) {
        if self.head.links >= limits.link_count {
            self.head.dropped_links += 1;
            return;
        }
        self.head.links += 1;
        let context = reader.take(4);
        let state = reader.text();
        let chunk = reader.chunk();
        let shown = limits.link_attribute_count;
        let over = over(self.head.site, chunk, shown);
        put_item(self.words, LINK, |words| {
            words.extend_from_slice(context);
            words.push(items::limits(dropped_of(record, chunk) + over, shown));
            put_str(words, state);
            put_chunk(words, chunk);
        });
    }

    /// Adds an error: status, `error.type`, and an `exception` event
    /// ([exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/)).
    fn error(
        &mut self,
        limits: &SpanLimits,
        times: &Timebase,
        record: Record<'_>,
        mut reader: WordReader<'_>,
    ) {
        let unix_nanos = self.at(times, reader.word());
        let kind = reader.value();
        // A text that was left out because it was too long has no value.
        let mut dropped = 0;
        let mut text = || match reader.value() {
            Some(RecordedValue::Static(text)) => text,
            Some(RecordedValue::Str(text)) => text,
            _ => {
                dropped += 1;
                ""
            }
        };
        let message = text();
        let causes = record.count() & !record::MORE_CAUSES;
        let mut chain = String::new();
        for index in 0..causes {
            if index == 0 {
                let _ = write!(chain, "{message}\n\nCaused by:");
            }
            let _ = write!(chain, "\n    {index}: {}", text());
        }
        if record.count() & record::MORE_CAUSES != 0 {
            chain.push_str("\n    …");
        }
        let fails = record.flags() & record::FAILS != 0;
        let kind = kind.as_ref().map_or(Value::Static(""), |kind| kind.to_value());
        let number;
        let kind = match kind {
            Value::Static(_) | Value::Str(_) => kind,
            // The type of an error is always text.
            other => {
                number = to_text(other);
                Value::Str(&number)
            }
        };
        if fails {
            self.pairs(&[("error.type", kind)]);
        }
        fn or_absent(text: &str) -> Value<'_> {
            if text.is_empty() { Value::Absent } else { Value::Str(text) }
        }
        let pairs = [
            ("exception.type", kind),
            ("exception.message", or_absent(message)),
            ("exception.stacktrace", or_absent(&chain)),
        ];
        let name = |words: &mut Vec<u64>| {
            put_static(words, "exception");
        };
        self.event(limits, unix_nanos, (dropped, limits.event_attribute_count), name, |words| {
            put_pairs(words, &pairs);
        });
        if fails && self.set_status(StatusCode::Error) {
            put_item(self.words, STATUS, |words| {
                put_str(words, message);
            });
        }
    }
}

/// Appends a name that was read from a record.
fn put_text(words: &mut Vec<u64>, value: Option<RecordedValue<'_>>) {
    match value {
        Some(RecordedValue::Static(text)) => put_static(words, text),
        Some(RecordedValue::Str(text)) => put_str(words, text),
        _ => put_static(words, ""),
    };
}
