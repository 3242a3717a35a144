//! Checks headers against the specification; the cases of the W3C's own test suite are in
//! `tests/trace_context.rs`.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn read(headers: &[(&str, &str)]) -> SpanContext {
    let headers: HashMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    TraceContextPropagator.extract(Context::default(), &headers).span_context().clone()
}

fn written(span: SpanContext) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    TraceContextPropagator.inject(&span.into(), &mut headers);
    headers
}

#[test]
fn flags_that_are_known_are_kept() {
    for (flags, expected) in [("00", 0), ("01", 1), ("02", 2), ("03", 3), ("ff", 3), ("fc", 0)] {
        let header = PARENT.replace("-01", &format!("-{flags}"));
        let span = read(&[("traceparent", &header)]);
        assert_eq!(span.trace_flags().to_u8(), expected, "{flags}");
    }
    let all = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::new(0xff));
    assert!(written(all)["traceparent"].ends_with("-03"));
}

#[test]
fn upper_case_is_wrong() {
    let upper = PARENT.to_uppercase();
    assert!(!read(&[("traceparent", &upper)]).is_valid());
    assert!(!read(&[("traceparent", &PARENT.replace("4b", "4B"))]).is_valid());
}

#[test]
fn what_is_invalid_is_not_written() {
    assert!(written(SpanContext::default()).is_empty());
    let span = |state: &str| {
        let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::NONE);
        written(span.with_trace_state(state)).remove("tracestate")
    };
    assert_eq!(span("a=1").as_deref(), Some("a=1"));
    assert_eq!(span("a=1\r\nx-header: 1"), None);
    assert_eq!(span("a=ä"), None);
}

#[test]
fn a_long_state_is_kept() {
    let state: Vec<_> =
        (0..32).map(|count| format!("k{count}={}", "v".repeat(MAX_VALUE))).collect();
    let state = state.join(",");
    let span = read(&[("traceparent", PARENT), ("tracestate", &state)]);
    assert!(span.trace_state() == state && state.len() > 512);
}

/// A carrier that distinguishes upper and lower case in names.
struct Exact(&'static [(&'static str, &'static str)]);

impl Extractor for Exact {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }
}

#[test]
fn names_are_compared_without_case() {
    let read = |headers| {
        TraceContextPropagator.extract(Context::default(), &Exact(headers)).span_context().clone()
    };
    assert!(read(&[("TraceParent", PARENT)]).is_valid());
    assert!(!read(&[("TraceParent", PARENT), ("TRACEPARENT", PARENT)]).is_valid());
}

/// Generates text that resembles a header.
fn nearly() -> impl Strategy<Value = String> {
    let part = prop_oneof!["[0-9a-f]{0,40}", "[0-9a-fA-F.]{2}", "[0-9a-f]{16}", "[0-9a-f]{32}"];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.join("-"))
}

proptest! {
    #[test]
    fn hostile_headers_do_no_harm(
        parent in prop_oneof![any::<String>(), nearly(), Just(PARENT.to_owned())],
        state in prop_oneof![any::<String>(), "([a-z@=, \t]{0,9},?){0,60}"],
    ) {
        let span = read(&[("traceparent", &parent), ("tracestate", &state)]);
        prop_assert!(span.trace_state().len() <= state.len());
        if span.is_valid() {
            // An accepted header can be sent on, and read again.
            let headers = written(span.clone());
            let again = TraceContextPropagator.extract(Context::default(), &headers).span_context().clone();
            prop_assert_eq!(again, span);
        } else {
            prop_assert_eq!(span, SpanContext::default());
        }
    }

    #[test]
    fn whatever_is_current_comes_back(trace in 1u128.., span in 1u64.., flags in 0u8..4) {
        let (trace_id, span_id) = (TraceId::from_u128(trace), SpanId::from_u64(span));
        let span = SpanContext::remote(trace_id, span_id, TraceFlags::new(flags));
        let headers = written(span.clone());
        let found = TraceContextPropagator.extract(Context::default(), &headers);
        prop_assert_eq!(found.span_context(), &span);
    }
}
