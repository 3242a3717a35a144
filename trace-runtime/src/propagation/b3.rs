//! Reads and writes B3, the headers of Zipkin ([B3](https://github.com/openzipkin/b3-propagation)).

use super::carrier::{single, trimmed};
use super::{Context, Extractor, Injector, Propagator, hex};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";
/// Debug implies sampled.
const DEBUG: TraceFlags = TraceFlags::DEBUG.with(TraceFlags::SAMPLED);

/// The B3 format, in one header or in several; reads both, the one header first.
///
/// A debug flag is [kept](TraceFlags::DEBUG) and sent on. It counts as sampled, as does a sender that
/// leaves the decision to the receiver; the sampler, which is called at the local root, can still
/// refuse. Headers that contain only a sampling state, without ids, are ignored.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::{SpanContext, propagation::{SpanId, TraceFlags, TraceId}};
/// use trace_runtime::propagation::{B3Propagator, Propagator};
///
/// let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
/// let mut headers = HashMap::new();
/// B3Propagator::single().inject(&span.into(), &mut headers);
/// assert_eq!(headers["b3"], "00000000000000000000000000000001-0000000000000002-1");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct B3Propagator {
    multi: bool,
}

impl B3Propagator {
    /// Writes the header `b3`.
    pub const fn single() -> Self {
        Self { multi: false }
    }

    /// Writes the headers `x-b3-…`.
    pub const fn multi() -> Self {
        Self { multi: true }
    }
}

impl Propagator for B3Propagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        if !span.is_valid() {
            return;
        }
        let (trace_id, span_id) = (span.trace_id(), span.span_id());
        let is_debug = span.trace_flags().contains(TraceFlags::DEBUG);
        let sampled = if span.is_sampled() { "1" } else { "0" };
        if !self.multi {
            let state = if is_debug { "d" } else { sampled };
            carrier.set(SINGLE, format!("{trace_id}-{span_id}-{state}"));
            return;
        }
        carrier.set(TRACE_ID, trace_id.to_string());
        carrier.set(SPAN_ID, span_id.to_string());
        // Debug implies sampled, which is then not sent.
        let (name, state) = if is_debug { (FLAGS, "1") } else { (SAMPLED, sampled) };
        carrier.set(name, state.to_owned());
    }

    fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        let found = single(carrier, SINGLE).and_then(parse_single);
        match found.or_else(|| parse_multi(carrier)) {
            Some(span) => context.with_span_context(span),
            None => context,
        }
    }

    fn fields(&self) -> &[&'static str] {
        const ALL: [&str; 5] = [SINGLE, TRACE_ID, SPAN_ID, SAMPLED, FLAGS];
        &ALL
    }
}

fn parse_single(header: &str) -> Option<SpanContext> {
    let mut parts = trimmed(header).splitn(4, '-');
    let (trace_id, span_id) = (parts.next()?, parts.next()?);
    let flags = parts.next().map_or(Some(TraceFlags::SAMPLED), flags)?;
    // The parent's parent is not used, but it must be an id.
    if let Some(parent) = parts.next() {
        hex::parse(parent, 16..=16)?;
    }
    span_context(trace_id, span_id, flags)
}

fn parse_multi(carrier: &dyn Extractor) -> Option<SpanContext> {
    let value = |name| single(carrier, name).map(trimmed);
    let flags = match (value(FLAGS), value(SAMPLED)) {
        (Some("1"), _) => DEBUG,
        (_, Some(sampled)) => flags(sampled)?,
        (_, None) => TraceFlags::SAMPLED,
    };
    span_context(value(TRACE_ID)?, value(SPAN_ID)?, flags)
}

/// Parses a sampling state; old senders write words.
fn flags(state: &str) -> Option<TraceFlags> {
    match state {
        "d" => Some(DEBUG),
        "1" | "true" => Some(TraceFlags::SAMPLED),
        "0" | "false" => Some(TraceFlags::NONE),
        _ => None,
    }
}

fn span_context(trace_id: &str, span_id: &str, flags: TraceFlags) -> Option<SpanContext> {
    // A short id is the lower half of a long one.
    let trace_id = hex::parse(trace_id, 16..=16).or_else(|| hex::parse(trace_id, 32..=32))?;
    let span_id = hex::parse(span_id, 16..=16)?;
    let (trace_id, span_id) = (TraceId::from_u128(trace_id), SpanId::from_u64(span_id as u64));
    Some(SpanContext::remote(trace_id, span_id, flags)).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn read(headers: &[(&str, &str)]) -> Option<SpanContext> {
        let headers: HashMap<String, String> =
            headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let context = B3Propagator::single().extract(Context::default(), &headers);
        Some(context.span_context().clone()).filter(SpanContext::is_valid)
    }

    fn flags(headers: &[(&str, &str)]) -> Option<u8> {
        read(headers).map(|span| {
            assert!(span.is_remote());
            assert_eq!(span.span_id().to_string(), SPAN);
            span.trace_flags().to_u8()
        })
    }

    #[test]
    fn one_header() {
        let ids = format!("{TRACE}-{SPAN}");
        for (rest, expected) in [
            ("", Some(1)),
            ("-1", Some(1)),
            ("-0", Some(0)),
            ("-d", Some(0x81)),
            ("-d-05e3ac9a4f6e3b90", Some(0x81)),
            ("-1-05e3ac9a4f6e3b90", Some(1)),
            ("-0-05e3ac9a4f6e3b90", Some(0)),
            ("-2", None),
            ("-", None),
            ("-1-", None),
            ("-1-05e3ac9a4f6e3b90-1", None),
        ] {
            assert_eq!(flags(&[("b3", &format!("{ids}{rest}"))]), expected, "{rest}");
        }
        let short = read(&[("b3", &format!("a3ce929d0e0e4736-{SPAN}-1"))]).unwrap();
        assert_eq!(short.trace_id().to_string(), "0000000000000000a3ce929d0e0e4736");
        for wrong in ["", "0", "1", "d", "-", &TRACE[1..], &ids[1..], &ids.to_uppercase()] {
            assert_eq!(read(&[("b3", wrong)]), None, "{wrong}");
        }
        let zero = "0".repeat(32);
        assert_eq!(read(&[("b3", &format!("{zero}-{SPAN}-1"))]), None);
        assert_eq!(read(&[("b3", &format!("{TRACE}-{}-1", &zero[..16]))]), None);
    }

    #[test]
    fn several_headers() {
        let with = |more: &[(&str, &str)]| {
            flags(&[&[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)], more].concat())
        };
        assert_eq!(with(&[]), Some(1));
        assert_eq!(with(&[("x-b3-sampled", "1")]), Some(1));
        assert_eq!(with(&[("x-b3-sampled", "0")]), Some(0));
        assert_eq!(with(&[("x-b3-sampled", "false")]), Some(0));
        assert_eq!(with(&[("x-b3-sampled", "maybe")]), None);
        assert_eq!(with(&[("x-b3-sampled", "0"), ("x-b3-flags", "1")]), Some(0x81));
        assert_eq!(with(&[("x-b3-flags", "1")]), Some(0x81));
        assert_eq!(with(&[("x-b3-sampled", "1"), ("x-b3-flags", "0")]), Some(1));
        assert_eq!(with(&[("b3", &format!("{TRACE}-{SPAN}-0"))]), Some(0), "comes first");
        assert_eq!(with(&[("b3", "nonsense")]), Some(1));
        assert_eq!(read(&[("x-b3-traceid", TRACE)]), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let trace_id = TraceId::from_u128(0x4bf9 << 112 | 1);
        for flags in [TraceFlags::NONE, TraceFlags::SAMPLED, DEBUG] {
            let span = SpanContext::remote(trace_id, SpanId::from_u64(2), flags);
            for format in [B3Propagator::single(), B3Propagator::multi()] {
                let mut headers = HashMap::new();
                format.inject(&span.clone().into(), &mut headers);
                assert_eq!(format.extract(Context::default(), &headers).span_context(), &span);
            }
        }
    }

    proptest! {
        #[test]
        fn hostile_headers_do_no_harm(one in any::<String>(), parts in any::<[String; 4]>()) {
            let [trace, span, sampled, flags] = &parts;
            let _ = read(&[("b3", &one)]);
            let _ = read(&[("b3", &parts.join("-"))]);
            let multi = [TRACE_ID, SPAN_ID, SAMPLED, FLAGS].into_iter();
            let _ = read(&multi.zip([&**trace, span, sampled, flags]).collect::<Vec<_>>());
        }
    }
}
