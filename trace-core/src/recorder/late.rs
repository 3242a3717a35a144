//! Records additions to a span that is already open: attributes, events, links, name, status,
//! errors.

use super::fields;
use super::guard::StartArgs;
use super::record;
use super::sink::{
    WordSink, put_formatted, put_message, put_plain, put_static, put_str, put_value, put_values,
    user_code,
};
use super::thread::local;
use super::writer::{RecordWriter, write_detail};
use crate::captures;
use crate::caught::caught;
use crate::context::SpanContext;
use crate::kind::SpanKind;
use crate::value::{Text, Value};
use std::error::Error;
use std::fmt;

fn put_word(writer: &mut RecordWriter, word: u64) -> bool {
    let room = writer.reserve(1);
    if room {
        writer.put(word);
    }
    room
}

/// No attributes.
pub(crate) const NO_PAIRS: &[(&str, Value<'_>)] = &[];

fn put_pairs(writer: &mut impl WordSink, pairs: &[(impl Text, Value<'_>)]) -> bool {
    if !writer.reserve(1) {
        return false;
    }
    writer.put(fields::by_key(pairs.len()));
    pairs.iter().all(|(key, value)| put_plain(writer, &key.text()) && put_value(writer, value))
}

/// Returns a tick of the clock that the span uses: the calling thread's, or its capture's.
pub(crate) fn tick(serial: u64) -> u64 {
    // SAFETY: the calling thread's own state.
    captures::tick(serial).unwrap_or_else(|| unsafe { (*local()).tick() })
}

/// Records values for the keys of the span's own site, from `first_key` on.
pub(crate) fn site_fields(serial: u64, first_key: u16, values: &[Value<'_>]) {
    write_detail(record::FIELDS, 0, serial, |writer| {
        let room = put_word(writer, fields::by_site(values.len(), first_key.into()))
            && put_values(writer, values);
        room.then_some(0)
    });
}

/// Records values that come with their keys.
pub fn fields(serial: u64, pairs: &[(impl Text, Value<'_>)]) {
    write_detail(record::FIELDS, 0, serial, |writer| put_pairs(writer, pairs).then_some(0));
}

pub(crate) fn event(serial: u64, name: Value<'_>, pairs: &[(impl Text, Value<'_>)]) {
    event_at(serial, None, name, pairs);
}

/// Records an event at that tick; `None`: now.
pub fn event_at(serial: u64, at: Option<u64>, name: Value<'_>, pairs: &[(impl Text, Value<'_>)]) {
    write_detail(record::EVENT, 0, serial, |writer| {
        let room = put_word(writer, at.unwrap_or_else(|| tick(serial)))
            && put_plain(writer, &name)
            && put_pairs(writer, pairs);
        room.then_some(0)
    });
}

pub fn link(serial: u64, to: &SpanContext, pairs: &[(impl Text, Value<'_>)]) {
    if !to.is_valid() {
        return;
    }
    let trace_id = to.trace_id().to_u128();
    write_detail(record::LINK, 0, serial, |writer| {
        let room = put_word(writer, (trace_id >> 64) as u64)
            && put_word(writer, trace_id as u64)
            && put_word(writer, to.span_id().to_u64())
            && put_word(
                writer,
                u64::from(to.trace_flags().to_u8())
                    | u64::from(to.is_remote()) << 8
                    | u64::from(to.capture) << 32,
            )
            && put_str(writer, to.trace_state())
            && put_pairs(writer, pairs);
        room.then_some(0)
    });
}

pub fn name(serial: u64, name: Value<'_>) {
    write_detail(record::NAME, 0, serial, |writer| put_plain(writer, &name).then_some(0));
}

pub(crate) fn formatted_name(serial: u64, name: fmt::Arguments<'_>) {
    write_detail(record::NAME, 0, serial, |writer| put_formatted(writer, name).then_some(0));
}

/// Sets the status. `code`: 1 ok, 2 error, 3 error unless a status was set before.
pub fn status(serial: u64, code: u64, description: Value<'_>) {
    write_detail(record::STATUS, 0, serial, |writer| {
        let room = put_word(writer, code) && put_plain(writer, &description);
        room.then_some(0)
    });
}

/// Replaces the kind that the span started with.
pub(crate) fn kind(serial: u64, kind: SpanKind) {
    write_detail(record::NATURE, kind as u8, serial, |_| Some(0));
}

/// Records all arguments of a span that has just started without them.
pub(crate) fn describe(serial: u64, args: &StartArgs<'_>) {
    if !args.values.is_empty() {
        site_fields(serial, 0, args.values);
    }
    describe_rest(serial, args.name, &args.links);
}

/// Records the name and the links of a span that has just started.
pub(crate) fn describe_rest(serial: u64, text: Option<fmt::Arguments<'_>>, links: &[SpanContext]) {
    if let Some(text) = text {
        formatted_name(serial, text);
    }
    for to in links {
        link(serial, to, NO_PAIRS);
    }
}

/// The properties of an error to record.
pub(crate) struct ErrorInfo<'a> {
    pub(crate) kind: Value<'a>,
    pub(crate) message: Option<&'a dyn fmt::Display>,
    pub(crate) source: Option<&'a (dyn Error + 'static)>,
}

/// Returns the cause of an error as found by `ask`, which is user code.
pub(crate) fn cause<'a>(
    ask: impl FnOnce() -> Option<&'a (dyn Error + 'static)>,
) -> Option<&'a (dyn Error + 'static)> {
    caught(ask).ok().flatten()
}

/// Causes beyond these are left out, which is noted: a chain may be endless.
const MOST_CAUSES: u16 = 32;

/// Records an error with its whole chain of sources. Returns its tick; 0: nothing was recorded.
pub(crate) fn error(serial: u64, fails: bool, error: &ErrorInfo<'_>) -> u64 {
    let mut at = 0;
    write_detail(record::ERROR, if fails { record::FAILS } else { 0 }, serial, |writer| {
        at = tick(serial);
        let mut room = put_word(writer, at)
            && put_plain(writer, &error.kind)
            && match error.message {
                Some(message) => put_message(writer, format_args!("{message}")),
                None => put_static(writer, ""),
            };
        let mut causes = 0;
        let mut source = error.source;
        while let (true, Some(cause)) = (room && causes < MOST_CAUSES, source) {
            room = put_message(writer, format_args!("{cause}"));
            causes += 1;
            source = source_of(writer, cause);
        }
        let more = if source.is_some() { record::MORE_CAUSES } else { 0 };
        room.then_some(causes | more)
    });
    at
}

/// Returns the cause of a cause. This is user code, like formatting: it may panic, and it may call
/// annotated functions.
fn source_of<'a>(
    writer: &RecordWriter,
    cause: &'a (dyn Error + 'static),
) -> Option<&'a (dyn Error + 'static)> {
    user_code(writer.busy(), || cause.source()).flatten()
}
