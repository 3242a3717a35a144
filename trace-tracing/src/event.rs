//! Records an event of `tracing` as an event of its span, a log record, or both.

use crate::error::{ErrorText, Pairs};
use crate::fields::{Fields, Found};
use crate::home::Home;
#[cfg(feature = "logs")]
use crate::logs::{self, Emitted};
use crate::options::{Destinations, Options};
use crate::runtime::layer::Subject;
use std::borrow::Cow;
use trace_runtime::{Status, Value};
use tracing_core::{Event, Level, Metadata};

/// Records an event.
pub(crate) fn record(home: Home, event: &Event<'_>, options: Options) {
    let mut to = options.events.destinations();
    to.span &= home.subject.is_some();
    #[cfg(feature = "logs")]
    {
        to.logs = to.logs && logs::is_wanted(event.metadata());
    }
    let changes_span = home.subject.is_some() && may_change_span(event.metadata(), options);
    if !to.logs && !to.span && !changes_span {
        return;
    }
    Fields::with(
        |visitor| event.record(visitor),
        |fields| record_with(home, event.metadata(), fields, to, options),
    );
}

/// Returns whether its span may get more than an event.
fn may_change_span(metadata: &Metadata<'_>, options: Options) -> bool {
    let has = |name| metadata.fields().field(name).is_some();
    let is_error = || *metadata.level() == Level::ERROR || has("error") && !has("message");
    options.error_records_to_exceptions || options.error_events_to_status && is_error()
}

fn record_with(
    home: Home,
    metadata: &'static Metadata<'static>,
    fields: &Fields,
    to: Destinations,
    options: Options,
) {
    let message = fields.find("message");
    // An event with an error and no message, such as those of `#[instrument(err)]`.
    let error = fields.find("error").filter(|_| message.is_none());
    let error_text = error.and_then(|error| fields.text(error));
    if let Some(subject) = home.subject.filter(|_| options.error_events_to_status) {
        fail(subject, metadata, error_text);
    }
    let origin = Origin::of(metadata, fields);
    #[cfg(feature = "logs")]
    if to.logs && !to.span && error.is_none() && !fields.has_errors() {
        // HOT: most events with logs exported. Their attributes are the fields as they are.
        let own = fields.iter().filter(|found| !origin.has(found.key));
        let own = own.map(|found| (Cow::Borrowed(found.key), fields.value(found)));
        let location = (options.location && origin.is_log).then(|| origin.location());
        return logs::emit(Emitted {
            metadata,
            is_located: options.location && !origin.is_log,
            span: home.span,
            target: origin.own_target(),
            message: message.map_or(Value::Absent, |found| fields.value(found)),
            attributes: own.chain(location.into_iter().flatten()),
        });
    }
    let errors: Vec<_> = fields.iter().filter_map(|found| error_of(fields, found)).collect();
    let mut name = match message {
        Some(message) => fields.value(message),
        None => Value::Static(metadata.name()),
    };
    let mut pairs = Pairs::with_capacity(6 + fields.iter().count());
    // A log record has dedicated fields for these two.
    pairs.push(("level".into(), Value::Static(metadata.level().as_str())));
    pairs.push(("target".into(), origin.target));
    for found in fields.iter() {
        let is_error = error.is_some_and(|error| std::ptr::eq(error, found));
        match found.key {
            key if origin.has(key) => {}
            _ if is_error && error_text.is_some() && options.error_events_to_exceptions => {
                name = Value::Static("exception");
                // With causes, its message is recorded below.
                if fields.causes(found).is_none() || !options.error_fields_to_exceptions {
                    pairs.push(("exception.message".into(), fields.value(found)));
                }
            }
            key => pairs.push((key.into(), fields.value(found))),
        }
    }
    let mut of_span = Pairs::new();
    for error in &errors {
        error.put_chain(&mut pairs);
        if options.error_fields_to_exceptions {
            error.put_exception(&mut pairs);
        }
        if options.error_records_to_exceptions {
            error.put_exception(&mut of_span);
        }
    }
    if options.location {
        pairs.extend(origin.location());
    }
    if let Some(subject) = home.subject {
        if !of_span.is_empty() {
            subject.set_attributes(&of_span);
        }
        if to.span {
            subject.add_event(name, &pairs);
        }
    }
    #[cfg(feature = "logs")]
    if to.logs {
        logs::emit(Emitted {
            metadata,
            // The location is among the pairs.
            is_located: false,
            span: home.span,
            target: origin.own_target(),
            // An event with only an error has that as its body.
            message: message.or(error).map_or(Value::Absent, |found| fields.value(found)),
            attributes: pairs.into_iter().skip(2),
        });
    }
}

/// Fails the span, for an event of level ERROR and for one with only an error.
fn fail(subject: Subject, metadata: &Metadata<'_>, error: Option<&str>) {
    match error {
        Some(text) => {
            subject.set_status(&Status::Error { description: text.to_owned().into() });
        }
        None if *metadata.level() == Level::ERROR => {
            subject.set_status(&Status::Error { description: "".into() });
        }
        None => {}
    }
}

fn error_of<'a>(fields: &'a Fields, found: &Found) -> Option<ErrorText<'a>> {
    Some(ErrorText::new(found.key, fields.text(found)?, fields.causes(found)?))
}

/// The source location of an event.
struct Origin<'a> {
    /// Whether it was a record of the `log` crate, which has the rest in fields.
    is_log: bool,
    target: Value<'a>,
    file: Value<'a>,
    module: Value<'a>,
    line: Value<'a>,
}

impl<'a> Origin<'a> {
    fn of(metadata: &'static Metadata<'static>, fields: &'a Fields) -> Self {
        let of_log = |key| fields.find(key).map_or(Value::Absent, |found| fields.value(found));
        if metadata.target() == "log" && fields.find("log.target").is_some() {
            return Self {
                is_log: true,
                target: of_log("log.target"),
                file: of_log("log.file"),
                module: of_log("log.module_path"),
                line: of_log("log.line"),
            };
        }
        let text = |text: Option<&'static str>| text.map_or(Value::Absent, Value::Static);
        Self {
            is_log: false,
            target: Value::Static(metadata.target()),
            file: text(metadata.file()),
            module: text(metadata.module_path()),
            line: metadata.line().map_or(Value::Absent, |line| Value::U64(line.into())),
        }
    }

    /// Returns the target, if it is not the callsite's.
    #[cfg(feature = "logs")]
    fn own_target(&self) -> Value<'a> {
        if self.is_log { self.target } else { Value::Absent }
    }

    /// Returns whether this field is the message, or part of the source location.
    fn has(&self, key: &str) -> bool {
        key == "message" || self.is_log && key.starts_with("log.")
    }

    fn location(&self) -> [(Cow<'static, str>, Value<'a>); 3] {
        [
            (Cow::Borrowed("code.file.path"), self.file),
            (Cow::Borrowed("code.module.name"), self.module),
            (Cow::Borrowed("code.line.number"), self.line),
        ]
    }
}
