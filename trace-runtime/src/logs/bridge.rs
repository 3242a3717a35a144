//! Takes the records of the crate `log`.

use super::event::{EventRecord, EventSite, EventSpan, Level, Source};
use super::{callsites, processor, seam};
use crate::caught::{caught, format_into};
use crate::value::Value;
use log::kv::{self, VisitSource, VisitValue};
use log::{Log, Metadata, Record};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

/// The largest buffers that are kept for reuse.
const KEPT_TEXT: usize = 16 * 1024;
const KEPT_PAIRS: usize = 64;

/// A logger for the crate `log`, whose records become log records of the running pipeline.
///
/// Each has the ids of the span that is current when it is logged, the target, the message, the key-value
/// pairs, and the source location as `code.*`. The calling thread formats the message and copies it, without an
/// allocation if there are no pairs; the exporters' threads do the rest.
///
/// It takes records whenever a pipeline with log exporters is running; before and after, it drops them, and so it
/// does those below the [level](crate::TelemetryBuilder::with_log_level) of the pipeline. Those below the level that
/// is set with [`log::set_max_level`] do not reach it.
///
/// ```
/// use trace_runtime::logs::LogBridge;
///
/// log::set_boxed_logger(Box::new(LogBridge::new()))?;
/// log::set_max_level(log::LevelFilter::Info);
/// log::warn!("retry {}", 2);
/// # Ok::<(), log::SetLoggerError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LogBridge {
    location: bool,
}

impl LogBridge {
    /// Creates a logger whose records have their source location.
    pub const fn new() -> Self {
        Self { location: true }
    }

    /// Sets whether records have their source location: `code.file.path`, `code.line.number` and
    /// `code.module.name`. By default, they have.
    #[must_use]
    pub const fn with_location(mut self, location: bool) -> Self {
        self.location = location;
        self
    }
}

impl Default for LogBridge {
    fn default() -> Self {
        Self::new()
    }
}

impl Log for LogBridge {
    /// Returns whether anything takes records of this level and target now.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        processor::is_wanted(site_of(metadata.level()).level, Some(metadata.target()))
    }

    // HOT: the caller's part of every record.
    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut contents = Contents::take();
        let message = match record.args().as_str() {
            Some(message) => Value::Static(message),
            None => {
                format_into(&mut contents.text, *record.args());
                Value::Absent
            }
        };
        let message_end = contents.text.len();
        // Reading pairs runs user code, which may fail or panic: what was read before is kept.
        let _ = caught(|| record.key_values().visit(&mut *contents));
        let level = site_of(record.level());
        let kept = if self.location { callsites::site_of(record, level.level) } else { None };
        let location = (self.location && kept.is_none()).then(|| location_of(record));
        let pairs = contents.pairs.iter();
        let pairs = pairs.map(|(key, kept)| {
            (Cow::Owned(contents.text[key.clone()].to_owned()), contents.value(kept))
        });
        seam::emit(EventRecord {
            site: kept.unwrap_or(level),
            target: match record.module_path_static() {
                Some(module) if module != record.target() => Value::Str(record.target()),
                Some(_) if kept.is_some() => Value::Absent,
                Some(module) => Value::Static(module),
                None => Value::Str(record.target()),
            },
            message: match message {
                Value::Absent => Value::Str(&contents.text[..message_end]),
                message => message,
            },
            attributes: pairs.chain(location.into_iter().flatten()),
            span: EventSpan::Current,
        });
        contents.keep();
    }

    /// Waits until all records are exported, for up to 30 s.
    fn flush(&self) {
        let _ = super::logger_provider().force_flush();
    }
}

/// Returns what all records of a level have in common.
fn site_of(level: log::Level) -> &'static EventSite {
    const fn site(level: Level) -> EventSite {
        let source = Source::Log;
        EventSite { source, level, name: None, target: "", file: None, module: None, line: None }
    }
    static SITES: [EventSite; 5] = [
        site(Level::Error),
        site(Level::Warn),
        site(Level::Info),
        site(Level::Debug),
        site(Level::Trace),
    ];
    // The most severe one is the first, and is 1.
    &SITES[level as usize - 1]
}

fn location_of<'a>(record: &Record<'a>) -> [(Cow<'static, str>, Value<'a>); 3] {
    let text = |fixed: Option<&'static str>, other: Option<&'a str>| match (fixed, other) {
        (Some(text), _) => Value::Static(text),
        (None, Some(text)) => Value::Str(text),
        (None, None) => Value::Absent,
    };
    let line = record.line().map_or(Value::Absent, |line| Value::U64(line.into()));
    [
        ("code.file.path".into(), text(record.file_static(), record.file())),
        ("code.module.name".into(), text(record.module_path_static(), record.module_path())),
        ("code.line.number".into(), line),
    ]
}

thread_local! {
    static SPARE: Cell<Option<Box<Contents>>> = const { Cell::new(None) };
}

/// What a record lends for the time of a call: formatted before anything is recorded and while no lock is
/// held, because that is user code.
#[derive(Default)]
struct Contents {
    text: String,
    /// The keys and values.
    pairs: Vec<(Range<usize>, Kept)>,
}

enum Kept {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Text(Range<usize>),
}

impl Contents {
    /// Returns an empty buffer. A record that is logged while another is formatted gets a separate one.
    fn take() -> Box<Self> {
        SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default()
    }

    /// Keeps the buffer for the thread's next record; a thread that ends keeps none.
    fn keep(mut self: Box<Self>) {
        if self.text.capacity() <= KEPT_TEXT && self.pairs.capacity() <= KEPT_PAIRS {
            self.text.clear();
            self.pairs.clear();
            let _ = SPARE.try_with(|spare| spare.set(Some(self)));
        }
    }

    fn value(&self, kept: &Kept) -> Value<'_> {
        match kept {
            Kept::Bool(value) => Value::Bool(*value),
            Kept::I64(value) => Value::I64(*value),
            Kept::U64(value) => Value::U64(*value),
            Kept::F64(value) => Value::F64(*value),
            Kept::Text(range) => Value::Str(&self.text[range.clone()]),
        }
    }
}

impl<'kvs> VisitSource<'kvs> for Contents {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let mut reading = Reading { text: &mut self.text, kept: None };
        value.visit(&mut reading)?;
        if let Some(kept) = reading.kept {
            let start = self.text.len();
            self.text.push_str(key.as_str());
            self.pairs.push((start..self.text.len(), kept));
        }
        Ok(())
    }
}

/// Reads one value.
struct Reading<'a> {
    text: &'a mut String,
    kept: Option<Kept>,
}

impl<'v> VisitValue<'v> for Reading<'_> {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), kv::Error> {
        let start = self.text.len();
        format_into(self.text, format_args!("{value}"));
        self.kept = Some(Kept::Text(start..self.text.len()));
        Ok(())
    }

    /// A pair without a value is left out.
    fn visit_null(&mut self) -> Result<(), kv::Error> {
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.kept = Some(Kept::U64(value));
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.kept = Some(Kept::I64(value));
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.kept = Some(Kept::F64(value));
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.kept = Some(Kept::Bool(value));
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        let start = self.text.len();
        self.text.push_str(value);
        self.kept = Some(Kept::Text(start..self.text.len()));
        Ok(())
    }
}
