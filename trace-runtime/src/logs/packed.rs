//! Keeps emitted records in the parts that were copied from their source.
//!
//! An emitting thread appends the parts to buffers that many records share, so an event costs it no
//! allocation. The thread of an exporter makes records of them.

use super::context::Ids;
use super::event::{Attributes, EventContents, EventRecord, EventSite, Source, any_value};
use super::limits::{LogLimits, blank};
use crate::export::EmittedLog;
use crate::value::Value;
use opentelemetry::logs::{AnyValue, LogRecord as _};
use opentelemetry::{InstrumentationScope, Key};
use opentelemetry_sdk::logs::SdkLogRecord;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use std::vec::Drain;

/// This many records are handed over without waiting for the collector.
const CHUNK: usize = 512;
/// So are records with this much text.
const FULL_TEXT: usize = 256 << 10;
/// The most empty buffers that are kept.
const SPARE: usize = 3;
/// The most attributes for which there is room in buffers that are kept.
const MOST_KEPT: usize = 16 << 10;

/// Records in the order in which they were emitted.
#[derive(Default)]
pub(super) struct Packed {
    entries: Vec<Entry>,
    /// The records that came whole, in the order of their entries.
    whole: Vec<EmittedLog>,
    /// The targets and bodies of all events that have them, in the order of their entries.
    heads: Vec<Part>,
    /// The attributes of all events, in the order of their entries.
    attributes: Vec<(PackedKey, Part)>,
    /// All text that was copied, in the order of the parts.
    text: String,
}

enum Entry {
    Whole,
    Event(Event),
}

/// An event, without what is in other lists.
// HOT: it has no room for what many events do not have: the memory was read by another core last.
struct Event {
    time: SystemTime,
    site: &'static EventSite,
    span: Option<Ids>,
    /// Whether it has one that replaces that of the site.
    has_target: bool,
    has_body: bool,
    attributes: u32,
}

/// The key of an attribute.
enum PackedKey {
    Static(&'static str),
    /// This many bytes of the text.
    Text(usize),
}

/// A value.
// HOT: two words, as its key. Static text is copied, because it would take three.
enum Part {
    Absent,
    Bool(bool),
    I64(i64),
    F64(f64),
    /// This many bytes of the text.
    Text(usize),
    /// A value of another kind, which events seldom have.
    Other(Box<AnyValue>),
}

const _: () = assert!(size_of::<(PackedKey, Part)>() == 32);

impl Packed {
    fn with_room() -> Self {
        Self {
            entries: Vec::with_capacity(CHUNK),
            whole: Vec::new(),
            heads: Vec::with_capacity(2 * CHUNK),
            attributes: Vec::with_capacity(2 * CHUNK),
            text: String::with_capacity(32 * CHUNK),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether the records should be handed over without waiting for the collector.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= CHUNK || self.text.len() >= FULL_TEXT
    }

    /// Returns about how many bytes the records will take.
    pub(super) fn bytes(&self) -> usize {
        let whole: usize = self.whole.iter().map(EmittedLog::bytes).sum();
        let events = self.entries.len() - self.whole.len();
        whole
            + events * size_of::<EmittedLog>()
            + self.attributes.len() * size_of::<(Key, AnyValue)>()
            + self.text.len()
    }

    pub(super) fn push_whole(&mut self, record: SdkLogRecord, scope: InstrumentationScope) {
        self.whole.push(EmittedLog { record, scope, dropped_attributes: 0 });
        self.entries.push(Entry::Whole);
    }

    // HOT: every event is copied here.
    pub(super) fn push_event<'a>(
        &mut self,
        time: SystemTime,
        span: Option<Ids>,
        event: &mut EventRecord<'a, impl Attributes<'a>>,
    ) {
        let text = &mut self.text;
        let mut head = |value: Value<'a>, text: &mut String| match value {
            Value::Absent => false,
            value => {
                self.heads.push(Part::new(value, text));
                true
            }
        };
        let has_target = head(event.target, text);
        let has_body = head(event.message, text);
        let before = self.attributes.len();
        for (key, value) in &mut event.attributes {
            self.attributes.push((PackedKey::new(key, text), Part::new(value, text)));
        }
        let attributes = (self.attributes.len() - before) as u32;
        let event = Event { time, site: event.site, span, has_target, has_body, attributes };
        self.entries.push(Entry::Event(event));
    }

    /// Makes the records, within the limits, and leaves the buffers empty.
    fn drain(&mut self, limits: &LogLimits) -> Vec<EmittedLog> {
        let scopes = Source::ALL.map(|of| InstrumentationScope::builder(of.scope()).build());
        let mut whole = self.whole.drain(..);
        let mut parts = Parts {
            heads: self.heads.drain(..),
            attributes: self.attributes.drain(..),
            text: &self.text,
        };
        let logs = self.entries.drain(..).filter_map(|entry| match entry {
            Entry::Whole => whole.next(),
            Entry::Event(event) => {
                let scope = scopes[event.site.source as usize].clone();
                let record = event.into_record(&mut parts);
                Some(EmittedLog { record, scope, dropped_attributes: 0 })
            }
        });
        let logs = logs.map(|log| limits.apply(log)).collect();
        drop((whole, parts));
        self.text.clear();
        logs
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.whole.clear();
        self.heads.clear();
        self.attributes.clear();
        self.text.clear();
    }

    /// Returns whether the buffers are small enough to be kept.
    fn is_kept(&self) -> bool {
        self.text.capacity() <= 2 * FULL_TEXT && self.attributes.capacity() <= MOST_KEPT
    }
}

/// Empty buffers, to be used again.
#[derive(Default)]
pub(super) struct Spare(Mutex<Vec<Packed>>);

impl Spare {
    /// Returns empty buffers.
    pub(super) fn take(&self) -> Packed {
        self.kept().pop().unwrap_or_else(Packed::with_room)
    }

    /// Keeps these buffers, which are empty, unless there are enough.
    fn keep(&self, empty: Packed) {
        let mut kept = self.kept();
        if kept.len() < SPARE && empty.is_kept() {
            kept.push(empty);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Packed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Full buffers, which are kept for later records when they are dropped: also if no exporter had room for
/// these, because a program that logs more than can be exported would otherwise allocate new ones each time.
pub(super) struct Lent {
    packed: Packed,
    spare: Arc<Spare>,
}

impl Lent {
    pub(super) fn new(packed: Packed, spare: Arc<Spare>) -> Self {
        Self { packed, spare }
    }

    /// Makes the records, within the limits.
    pub(super) fn into_logs(mut self, limits: &LogLimits) -> Vec<EmittedLog> {
        self.packed.drain(limits)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.packed.clear();
        self.spare.keep(std::mem::take(&mut self.packed));
    }
}

/// What the events are made of that are left.
struct Parts<'a> {
    heads: Drain<'a, Part>,
    attributes: Drain<'a, (PackedKey, Part)>,
    text: &'a str,
}

impl Event {
    fn into_record(self, parts: &mut Parts<'_>) -> SdkLogRecord {
        let Parts { heads, attributes, text } = parts;
        let mut record = blank();
        record.set_timestamp(self.time);
        record.set_observed_timestamp(self.time);
        let target = self.has_target.then(|| heads.next()).flatten();
        let target = target.and_then(|target| match target {
            Part::Text(bytes) => Some(cut(text, bytes).to_owned().into()),
            _ => None,
        });
        let body = self.has_body.then(|| heads.next()).flatten();
        let body = body.and_then(|body| body.into_value(text));
        let attributes = attributes.take(self.attributes as usize);
        let attributes = attributes.map(|(key, part)| (key.into_key(text), part.into_value(text)));
        self.site.put(&mut record, EventContents { target, body, attributes });
        if let Some(span) = self.span {
            record.set_trace_context(span.trace_id, span.span_id, Some(span.flags));
        }
        record
    }
}

impl PackedKey {
    fn new(key: Cow<'static, str>, text: &mut String) -> Self {
        match key {
            Cow::Borrowed(key) => Self::Static(key),
            Cow::Owned(key) => {
                text.push_str(&key);
                Self::Text(key.len())
            }
        }
    }

    fn into_key(self, text: &mut &str) -> Key {
        match self {
            Self::Static(key) => key.into(),
            Self::Text(bytes) => cut(text, bytes).to_owned().into(),
        }
    }
}

impl Part {
    fn new(value: Value<'_>, text: &mut String) -> Self {
        match value {
            Value::Absent => Self::Absent,
            Value::Bool(value) => Self::Bool(value),
            Value::I64(value) => Self::I64(value),
            Value::F64(value) => Self::F64(value),
            Value::Static(value) | Value::Str(value) => {
                text.push_str(value);
                Self::Text(value.len())
            }
            Value::U64(value) if i64::try_from(value).is_ok() => Self::I64(value as i64),
            value => any_value(value).map_or(Self::Absent, |value| Self::Other(Box::new(value))),
        }
    }

    fn into_value(self, text: &mut &str) -> Option<AnyValue> {
        Some(match self {
            Self::Absent => return None,
            Self::Bool(value) => value.into(),
            Self::I64(value) => value.into(),
            Self::F64(value) => value.into(),
            Self::Text(bytes) => cut(text, bytes).to_owned().into(),
            Self::Other(value) => *value,
        })
    }
}

/// Cuts this many bytes from the front of the text.
fn cut<'a>(text: &mut &'a str, bytes: usize) -> &'a str {
    let (front, rest) = text.split_at_checked(bytes).unwrap_or((*text, ""));
    *text = rest;
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_used_again_whatever_becomes_of_their_records() {
        let spare = Arc::new(Spare::default());
        let full = || {
            let mut packed = Packed::with_room();
            packed.push_whole(blank(), InstrumentationScope::default());
            packed.text.push_str("text");
            Lent::new(packed, spare.clone())
        };
        assert_eq!(full().into_logs(&LogLimits::default()).len(), 1);
        drop(full());
        assert_eq!(spare.kept().len(), 2);
        assert!(spare.kept().iter().all(|kept| kept.len() == 0 && kept.text.is_empty()));
        for _ in 0..2 * SPARE {
            drop(full());
        }
        assert_eq!(spare.kept().len(), SPARE);
    }
}
