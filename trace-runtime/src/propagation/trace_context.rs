//! Reads and writes `traceparent` and `tracestate`
//! ([W3C Trace Context, level 2](https://www.w3.org/TR/trace-context-2/)).

use super::carrier::{all, single, trimmed};
use super::{Context, Extractor, Injector, Propagator, hex};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use std::ops::Range;

pub(super) const TRACEPARENT: &str = "traceparent";
pub(super) const TRACESTATE: &str = "tracestate";
/// The flags that level 2 defines; others are zero in outgoing headers.
const KNOWN_FLAGS: u8 = TraceFlags::SAMPLED.with(TraceFlags::RANDOM).to_u8();
/// The length of a `traceparent` of version 00, and of the known part of later ones.
const LENGTH: usize = 55;
const MAX_MEMBERS: usize = 32;
const MAX_KEY: usize = 256;
const MAX_VALUE: usize = 256;

/// Trace id, span id, flags and vendors' state, in the W3C headers.
///
/// Whatever violates the specification is ignored. An invalid or duplicate `traceparent` begins a new
/// trace; an invalid member of `tracestate`, or a 33rd, discards the whole list. Of members with
/// the same key the first is kept. Of the flags, `sampled` and `random` are kept.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::propagation::Context;
/// use trace_runtime::propagation::{Propagator, TraceContextPropagator};
///
/// let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let headers = HashMap::from([("traceparent".to_owned(), parent.to_owned())]);
/// let context = TraceContextPropagator.extract(Context::default(), &headers);
/// assert!(context.span_context().is_remote());
/// assert_eq!(context.span_context().span_id().to_string(), "00f067aa0ba902b7");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceContextPropagator;

impl Propagator for TraceContextPropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        let Some(parent) = parent_of(span) else { return };
        carrier.set(TRACEPARENT, String::from_utf8_lossy(&parent).into_owned());
        if let Some(state) = state_of(span) {
            carrier.set(TRACESTATE, state.to_owned());
        }
    }

    fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        read(context, single(carrier, TRACEPARENT), || all(carrier, TRACESTATE).into_iter())
    }

    fn fields(&self) -> &[&'static str] {
        &[TRACEPARENT, TRACESTATE]
    }
}

/// Returns `context` with the span in these headers.
pub(super) fn read<'a, I: Iterator<Item = &'a str>>(
    context: Context,
    parent: Option<&str>,
    states: impl FnOnce() -> I,
) -> Context {
    let Some(span) = parent.and_then(parse_parent) else { return context };
    context.with_span_context(match parse_state(states()) {
        Some(state) => span.with_trace_state(state),
        None => span,
    })
}

/// Returns the `traceparent` of a span; `None`: there is no span.
pub(super) fn parent_of(span: &SpanContext) -> Option<[u8; LENGTH]> {
    if !span.is_valid() {
        return None;
    }
    let trace_id = span.trace_id().to_u128();
    let mut header = *b"00-00000000000000000000000000000000-0000000000000000-00";
    hex::write((trace_id >> 64) as u64, &mut header[3..19]);
    hex::write(trace_id as u64, &mut header[19..35]);
    hex::write(span.span_id().to_u64(), &mut header[36..52]);
    hex::write((span.trace_flags().to_u8() & KNOWN_FLAGS).into(), &mut header[53..]);
    Some(header)
}

/// Returns the `tracestate` of a span; `None`: it has none that may be sent.
pub(super) fn state_of(span: &SpanContext) -> Option<&str> {
    let state = span.trace_state();
    // A program may have put any text there; a line break would begin another header.
    let is_sent =
        !state.is_empty() && state.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    is_sent.then_some(state)
}

fn parse_parent(header: &str) -> Option<SpanContext> {
    let (known, more) = trimmed(header).as_bytes().split_first_chunk::<LENGTH>()?;
    let number = |at: Range<usize>| hex::half(&known[at]);
    let (version, flags) = (number(0..2)?, number(53..55)?);
    let (high, low, span_id) = (number(3..19)?, number(19..35)?, number(36..52)?);
    let has_dashes = known[2] == b'-' && known[35] == b'-' && known[52] == b'-';
    // Later versions may contain more, after another dash.
    let is_whole = more.is_empty() || version != 0 && more[0] == b'-';
    if version == 0xff || !has_dashes || !is_whole {
        return None;
    }
    let context = SpanContext::remote(
        TraceId::from_u128(u128::from(high) << 64 | u128::from(low)),
        SpanId::from_u64(span_id),
        TraceFlags::new(flags as u8 & KNOWN_FLAGS),
    );
    context.is_valid().then_some(context)
}

/// Merges all headers, if they are valid; never longer than 32 members of maximum length.
fn parse_state<'a>(headers: impl Iterator<Item = &'a str>) -> Option<TraceState> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    for member in headers.flat_map(|header| header.split(',')).map(trimmed) {
        // Lists may have gaps where proxies have joined them.
        if member.is_empty() {
            continue;
        }
        let (key, value) = member.split_once('=')?;
        if !is_key(key) || !is_value(value) {
            return None;
        }
        // The first is the latest: a vendor that changes a member moves it to the front.
        if members.iter().any(|(known, _)| *known == key) {
            continue;
        }
        if members.len() == MAX_MEMBERS {
            return None;
        }
        members.push((key, value));
    }
    let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!members.is_empty()).then(|| members.join(",").into())
}

fn is_key(key: &str) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_next = |byte: &u8| is_first(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
    key.len() <= MAX_KEY
        && key.as_bytes().first().is_some_and(is_first)
        && key.as_bytes().iter().all(is_next)
}

/// Returns whether a value is valid. Its end is not a space: those were stripped.
fn is_value(value: &str) -> bool {
    let is_letter = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    (1..=MAX_VALUE).contains(&value.len()) && value.bytes().all(is_letter)
}

#[cfg(test)]
#[path = "trace_context_tests.rs"]
mod tests;
