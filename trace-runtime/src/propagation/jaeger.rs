//! Reads `uber-trace-id` and `uberctx-…`, the headers of Jaeger's old clients
//! ([propagation format](https://www.jaegertracing.io/sdk-migration/#propagation-format)).

use super::carrier::{single, trimmed};
use super::{Context, Extractor, Injector, Propagator, hex};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId, insert_baggage};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

const HEADER: &str = "uber-trace-id";
/// The prefix of the keys of baggage.
const BAGGAGE: &str = "uberctx-";
/// Jaeger's debug flag, which implies sampled.
const DEBUG: u8 = 2;

/// Reads the headers of Jaeger's old clients, baggage included, and writes nothing: outgoing requests
/// carry the other formats in force.
///
/// A debug flag is [kept](TraceFlags::DEBUG). Baggage (`uberctx-key: value`) is added to the baggage that
/// other formats have found; for a key that they have found, their value stays.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::propagation::Context;
/// use trace_runtime::propagation::{JaegerPropagator, Propagator};
///
/// let headers = HashMap::from([("uber-trace-id".to_owned(), "abc:12:0:1".to_owned())]);
/// let context = JaegerPropagator.extract(Context::default(), &headers);
/// assert_eq!(context.span_context().span_id().to_string(), "0000000000000012");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JaegerPropagator;

impl Propagator for JaegerPropagator {
    fn inject(&self, _: &Context, _: &mut dyn Injector) {}

    fn extract(&self, mut context: Context, carrier: &dyn Extractor) -> Context {
        if let Some(span) = single(carrier, HEADER).and_then(parse) {
            context = context.with_span_context(span);
        }
        let mut baggage = context.baggage().clone();
        for key in carrier.keys() {
            let name = key.get(..BAGGAGE.len()).filter(|name| name.eq_ignore_ascii_case(BAGGAGE));
            let name = name.map(|name| &key[name.len()..]);
            let (Some(name), Some(value)) = (name, single(carrier, key)) else { continue };
            if baggage.get(name).is_none() {
                let value = percent_decode_str(trimmed(value)).decode_utf8_lossy().into_owned();
                // Entries that do not fit, or whose key is invalid, are left out.
                let _ = insert_baggage(&mut baggage, name, value, Cow::Borrowed(""));
            }
        }
        context.with_baggage(baggage)
    }

    fn fields(&self) -> &[&'static str] {
        &[HEADER]
    }
}

/// The length of the longest valid header, with its colons encoded.
const MAX_LENGTH: usize = 32 + 16 + 16 + 2 + 3 * 3;

/// Parses `{trace id}:{span id}:{parent}:{flags}`, with or without leading zeros.
fn parse(header: &str) -> Option<SpanContext> {
    let header = Some(trimmed(header)).filter(|header| header.len() <= MAX_LENGTH)?;
    let header = percent_decode_str(header).decode_utf8().ok()?;
    let mut parts = header.split(':');
    let trace_id = hex::parse(parts.next()?, 1..=32)?;
    let span_id = hex::parse(parts.next()?, 1..=16)?;
    // The parent's parent, which is deprecated.
    parts.next()?;
    let flags = hex::parse(parts.next()?, 1..=2)?;
    if parts.next().is_some() {
        return None;
    }
    let sampled = TraceFlags::new(flags as u8 & TraceFlags::SAMPLED.to_u8());
    let flags = match flags as u8 & DEBUG {
        0 => sampled,
        _ => TraceFlags::SAMPLED.with(TraceFlags::DEBUG),
    };
    let (trace_id, span_id) = (TraceId::from_u128(trace_id), SpanId::from_u64(span_id as u64));
    Some(SpanContext::remote(trace_id, span_id, flags)).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Baggage;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn what_is_right_is_read() {
        for (header, trace_id, flags) in [
            ("4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:1", 0x4bf9 << 112, 1),
            ("a3ce929d0e0e4736:00f067aa0ba902b7:05e3ac9a4f6e3b90:0", 0, 0),
            ("1:2::1", 0, 1),
            ("1%3A2%3A0%3A1", 0, 1),
            (" 1:2:0:1\t", 0, 1),
            ("1:2:0:3", 0, 0x81),
            ("1:2:0:2", 0, 0x81),
            ("1:2:0:8", 0, 0),
        ] {
            let span = parse(header).unwrap_or_else(|| panic!("{header}"));
            assert_eq!(span.trace_id().to_u128() & 0xffff << 112, trace_id, "{header}");
            assert_eq!(span.trace_flags().to_u8(), flags, "{header}");
            assert!(span.is_remote());
        }
    }

    #[test]
    fn what_is_wrong_is_not_there() {
        for header in [
            "",
            ":",
            "1:2:0",
            "1:2:0:1:1",
            "0:2:0:1",
            "1:0:0:1",
            "1:2:0:",
            "1:2:0:x",
            "1:2:0:100",
            "x:2:0:1",
            "1:x:0:1",
            "A:2:0:1",
            "1:11111111111111111:0:1",
            "%:2:0:1",
            "1:2:0:%ff",
            "111111111111111111111111111111111:2:0:1",
        ] {
            assert_eq!(parse(header), None, "{header}");
        }
    }

    #[test]
    fn baggage_is_read() {
        let headers = HashMap::from([
            ("uberctx-tenant", "acme%20inc"),
            ("uberctx-plan", "a%ffb"),
            ("uberctx-known", "jaeger"),
            ("uberctx-", "1"),
            ("uberctx-a key", "1"),
            ("uberctx", "1"),
        ]);
        let headers: HashMap<String, String> =
            headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let found = Context::default().with_baggage(Baggage::new().with_entry("known", "w3c"));
        let context = JaegerPropagator.extract(found, &headers);
        let mut baggage: Vec<_> = context.baggage().iter().collect();
        baggage.sort_unstable();
        assert_eq!(baggage, [("known", "w3c"), ("plan", "a\u{fffd}b"), ("tenant", "acme inc")]);
    }

    proptest! {
        #[test]
        fn hostile_headers_do_no_harm(
            any in any::<String>(),
            parts in any::<[u64; 4]>(),
            name in "(uberctx-)?.{0,20}",
        ) {
            let _ = parse(&any);
            let _ = JaegerPropagator.extract(Context::default(), &HashMap::from([(name, any)]));
            let [trace, span, parent, flags] = parts;
            let _ = parse(&format!("{trace:x}:{span:x}:{parent:x}:{flags:x}"));
        }
    }
}
