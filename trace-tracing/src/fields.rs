//! Collects the fields of a span, of an event, or of a later record.
//!
//! `tracing` lends each value for the time of a call only. Numbers are copied; text is formatted into a
//! buffer that each thread reuses, before anything is recorded and while no lock is held, because
//! `Debug` and `Display` are user code.

use crate::runtime::caught::{caught, format_into};
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use trace_runtime::Value;
use tracing_core::field::{Field, Visit};

/// The largest buffer that is kept for reuse.
const KEPT_TEXT: usize = 16 * 1024;
/// The most causes that are recorded.
const MOST_CAUSES: usize = 32;

thread_local! {
    static SPARE: Cell<Option<Box<Fields>>> = const { Cell::new(None) };
}

/// A field.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    found: Vec<Found>,
    text: String,
    /// The causes of the errors among them.
    causes: Vec<Vec<String>>,
}

#[derive(Debug)]
pub(crate) struct Found {
    /// The position of the field in its callsite.
    pub(crate) index: usize,
    pub(crate) key: &'static str,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    /// A range of the text.
    Text(u32, u32),
    /// The range of its message, and the number of the error.
    Error(u32, u32, u32),
}

impl Fields {
    /// Collects what `visit` visits, and runs `look` on it.
    pub(crate) fn with<R>(visit: impl FnOnce(&mut dyn Visit), look: impl FnOnce(&Self) -> R) -> R {
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        let mut fields = spare.unwrap_or_default();
        visit(&mut *fields);
        let result = look(&fields);
        if fields.text.capacity() <= KEPT_TEXT {
            fields.found.clear();
            fields.text.clear();
            fields.causes.clear();
            // A thread that ends keeps no buffer.
            let _ = SPARE.try_with(|spare| spare.set(Some(fields)));
        }
        result
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Found> {
        self.found.iter()
    }

    /// Returns the field of this key.
    pub(crate) fn find(&self, key: &str) -> Option<&Found> {
        self.found.iter().find(|found| found.key == key)
    }

    pub(crate) fn value(&self, found: &Found) -> Value<'_> {
        match &found.kept {
            Kept::Bool(value) => Value::Bool(*value),
            Kept::I64(value) => Value::I64(*value),
            Kept::U64(value) => Value::U64(*value),
            Kept::F64(value) => Value::F64(*value),
            Kept::Text(start, end) | Kept::Error(start, end, _) => {
                Value::Str(self.text.get(*start as usize..*end as usize).unwrap_or_default())
            }
        }
    }

    /// Returns the value, if it is text.
    pub(crate) fn text(&self, found: &Found) -> Option<&str> {
        match self.value(found) {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns whether any field is an error.
    #[cfg(feature = "logs")]
    pub(crate) fn has_errors(&self) -> bool {
        !self.causes.is_empty()
    }

    /// Returns the causes of an error, the nearest first.
    pub(crate) fn causes(&self, found: &Found) -> Option<&[String]> {
        match found.kept {
            Kept::Error(_, _, number) => self.causes.get(number as usize).map(Vec::as_slice),
            _ => None,
        }
    }

    fn push(&mut self, field: &Field, kept: Kept) {
        self.found.push(Found { index: field.index(), key: field.name(), kept });
    }

    /// Appends text and returns its range; beyond four gigabytes it is lost.
    fn put(&mut self, text: fmt::Arguments<'_>) -> (u32, u32) {
        let start = self.text.len();
        format_into(&mut self.text, text);
        (start as u32, self.text.len() as u32)
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, Kept::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, Kept::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, Kept::U64(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match value.try_into() {
            Ok(value) => self.record_i64(field, value),
            Err(_) => self.record_debug(field, &value),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match value.try_into() {
            Ok(value) => self.record_u64(field, value),
            Err(_) => self.record_debug(field, &value),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, Kept::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        self.push(field, Kept::Text(start as u32, self.text.len() as u32));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let (start, end) = self.put(format_args!("{value}"));
        let mut causes = Vec::new();
        let mut error = value;
        while let Ok(Some(cause)) = caught(|| error.source())
            && causes.len() < MOST_CAUSES
        {
            let mut text = String::new();
            format_into(&mut text, format_args!("{cause}"));
            causes.push(text);
            error = cause;
        }
        self.causes.push(causes);
        self.push(field, Kept::Error(start, end, self.causes.len() as u32 - 1));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let (start, end) = self.put(format_args!("{value:?}"));
        self.push(field, Kept::Text(start, end));
    }
}
