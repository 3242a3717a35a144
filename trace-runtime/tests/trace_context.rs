//! Runs the cases of the W3C's test suite for Trace Context
//! (<https://github.com/w3c/trace-context/tree/main/test>), by their names: a service gets headers,
//! and its outgoing headers are checked.
#![cfg(feature = "enabled")]

use std::collections::HashSet;
use trace_runtime::propagation::{self, Extractor};
use trace_runtime::{Span, trace};

const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456-00";

/// Headers as they arrive: in order, names in any case, the same name more than once.
struct Headers<'a>(&'a [(&'a str, &'a str)]);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key).map(|values| values[0])
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let same = self.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
        let values: Vec<_> = same.map(|(_, value)| *value).collect();
        (!values.is_empty()).then_some(values)
    }
}

/// The headers that the service sends when it calls another one.
#[derive(Debug)]
struct Sent {
    trace_id: String,
    parent_id: String,
    state: Vec<(String, String)>,
}

impl Sent {
    fn get(&self, key: &str) -> Option<&str> {
        self.state.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    fn follows(&self) -> bool {
        self.trace_id == TRACE
    }
}

#[trace(kind = Client)]
fn call() -> Sent {
    let mut headers = std::collections::HashMap::new();
    propagation::inject(&mut headers);
    let parts: Vec<_> = headers["traceparent"].split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
    assert!(parts.concat().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    assert_eq!(parts[2], Span::current().context().span_id().to_string());
    let state = headers.get("tracestate").map(String::as_str).unwrap_or_default();
    let member = |member: &str| {
        let (key, value) = member.split_once('=').unwrap();
        (key.to_owned(), value.to_owned())
    };
    let state = state.split_terminator(',').map(member).collect();
    Sent { trace_id: parts[1].to_owned(), parent_id: parts[2].to_owned(), state }
}

/// A service that calls `N` times.
#[trace(parent = propagation::extract(&Headers(headers)), kind = Server)]
fn serve<const N: usize>(headers: &[(&str, &str)]) -> [Sent; N] {
    std::array::from_fn(|_| call())
}

fn sends(headers: &[(&str, &str)]) -> Sent {
    let _capture = trace_testkit::capture();
    let [sent] = serve(headers);
    sent
}

/// Headers with this `traceparent`.
fn follows(parent: &str) -> bool {
    sends(&[("traceparent", parent)]).follows()
}

/// Sends a request with a good `traceparent` and these headers for `tracestate`.
fn state(states: &[&str]) -> Sent {
    let states = states.iter().map(|state| ("tracestate", *state));
    let sent = sends(&[("traceparent", PARENT)].into_iter().chain(states).collect::<Vec<_>>());
    assert!(sent.follows());
    sent
}

fn state_is_discarded(states: &[&str]) {
    assert_eq!(state(states).state, [], "{states:?}");
}

#[test]
fn both_traceparent_and_tracestate_missing() {
    assert!(!sends(&[]).follows());
}

#[test]
fn traceparent_included_tracestate_missing() {
    let sent = sends(&[("traceparent", PARENT)]);
    assert!(sent.follows());
    assert_ne!(sent.parent_id, "1234567890123456");
}

#[test]
fn traceparent_duplicated() {
    let first = "00-12345678901234567890123456789011-1234567890123456-01";
    let sent = sends(&[("traceparent", first), ("traceparent", PARENT)]);
    assert!(!sent.follows() && !first.contains(&sent.trace_id));
}

#[test]
fn traceparent_header_name() {
    for name in ["trace-parent", "trace.parent"] {
        assert!(!sends(&[(name, PARENT)]).follows(), "{name}");
    }
}

#[test]
fn traceparent_header_name_valid_casing() {
    for name in ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
        assert!(sends(&[(name, PARENT)]).follows(), "{name}");
    }
}

/// Returns whether `traceparent` with these parts is accepted.
fn follows_parts(version: &str, trace_id: &str, parent_id: &str, flags: &str) -> bool {
    follows(&format!("{version}-{trace_id}-{parent_id}-{flags}"))
}

const SPAN: &str = "1234567890123456";

#[test]
fn traceparent_version_0x00() {
    assert!(!follows_parts("00", TRACE, SPAN, "01."));
    assert!(!follows_parts("00", TRACE, SPAN, "01-what-the-future-will-be-like"));
}

#[test]
fn traceparent_version_0xcc() {
    assert!(follows_parts("cc", TRACE, SPAN, "01"));
    assert!(follows_parts("cc", TRACE, SPAN, "01-what-the-future-will-be-like"));
    assert!(!follows_parts("cc", TRACE, SPAN, "01.what-the-future-will-be-like"));
}

#[test]
fn traceparent_version_0xff() {
    assert!(!follows_parts("ff", TRACE, SPAN, "01"));
}

#[test]
fn traceparent_version_illegal_characters() {
    assert!(!follows_parts(".0", TRACE, SPAN, "01"));
    assert!(!follows_parts("0.", TRACE, SPAN, "01"));
}

#[test]
fn traceparent_version_too_long() {
    assert!(!follows_parts("000", TRACE, SPAN, "01"));
    assert!(!follows_parts("0000", TRACE, SPAN, "01"));
}

#[test]
fn traceparent_version_too_short() {
    assert!(!follows_parts("0", TRACE, SPAN, "01"));
}

#[test]
fn traceparent_trace_id_all_zero() {
    let zero = "0".repeat(32);
    let sent = sends(&[("traceparent", &format!("00-{zero}-{SPAN}-01"))]);
    assert_ne!(sent.trace_id, zero);
}

/// The trace id that is sent on when this one arrives.
fn trace_id_for(trace_id: &str) -> String {
    sends(&[("traceparent", &format!("00-{trace_id}-{SPAN}-01"))]).trace_id
}

#[test]
fn traceparent_trace_id_illegal_characters() {
    for id in [".2345678901234567890123456789012", "1234567890123456789012345678901."] {
        assert_ne!(trace_id_for(id), id);
    }
}

#[test]
fn traceparent_trace_id_too_long() {
    let sent = trace_id_for("123456789012345678901234567890123");
    assert!(sent != TRACE && sent != "23456789012345678901234567890123", "{sent}");
}

#[test]
fn traceparent_trace_id_too_short() {
    let sent = trace_id_for("1234567890123456789012345678901");
    assert!(!sent.contains("1234567890123456789012345678901"), "{sent}");
}

#[test]
fn traceparent_parent_id_all_zero() {
    assert!(!follows_parts("00", TRACE, "0000000000000000", "01"));
}

#[test]
fn traceparent_parent_id_illegal_characters() {
    assert!(!follows_parts("00", TRACE, ".234567890123456", "01"));
    assert!(!follows_parts("00", TRACE, "123456789012345.", "01"));
}

#[test]
fn traceparent_parent_id_too_long() {
    assert!(!follows_parts("00", TRACE, "12345678901234567", "01"));
}

#[test]
fn traceparent_parent_id_too_short() {
    assert!(!follows_parts("00", TRACE, "123456789012345", "01"));
}

#[test]
fn traceparent_trace_flags_illegal_characters() {
    assert!(!follows_parts("00", TRACE, SPAN, ".0"));
    assert!(!follows_parts("00", TRACE, SPAN, "0."));
}

#[test]
fn traceparent_trace_flags_too_long() {
    assert!(!follows_parts("00", TRACE, SPAN, "001"));
}

#[test]
fn traceparent_trace_flags_too_short() {
    assert!(!follows_parts("00", TRACE, SPAN, "1"));
}

#[test]
fn traceparent_ows_handling() {
    for (before, after) in [(" ", ""), ("\t", ""), ("", " "), ("", "\t"), ("\t ", " \t")] {
        assert!(follows(&format!("{before}{PARENT}{after}")));
    }
}

#[test]
fn tracestate_included_traceparent_missing() {
    for state in ["foo=1", "foo=1,bar=2"] {
        assert_eq!(sends(&[("tracestate", state)]).state, []);
    }
}

#[test]
fn tracestate_included_traceparent_included() {
    let sent = state(&["foo=1,bar=2"]);
    assert_eq!((sent.get("foo"), sent.get("bar")), (Some("1"), Some("2")));
}

#[test]
fn tracestate_header_name() {
    for name in ["trace-state", "trace.state"] {
        let sent = sends(&[("traceparent", PARENT), (name, "foo=1")]);
        assert_eq!(sent.get("foo"), None);
    }
}

#[test]
fn tracestate_header_name_valid_casing() {
    for name in ["TraceState", "TrAcEsTaTe", "TRACESTATE"] {
        let sent = sends(&[("traceparent", PARENT), (name, "foo=1")]);
        assert_eq!(sent.get("foo"), Some("1"));
    }
}

#[test]
fn tracestate_empty_header() {
    state_is_discarded(&[""]);
    assert_eq!(state(&["foo=1", ""]).get("foo"), Some("1"));
    assert_eq!(state(&["", "foo=1"]).get("foo"), Some("1"));
}

#[test]
fn tracestate_multiple_headers_different_keys() {
    let sent = state(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"]);
    let keys: Vec<_> = sent.state.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["foo", "bar", "rojo", "congo", "baz"]);
}

#[test]
fn tracestate_duplicated_keys() {
    let first = [("foo".to_owned(), "1".to_owned())];
    for states in [&["foo=1,foo=1"][..], &["foo=1,foo=2"], &["foo=1", "foo=1"], &["foo=1", "foo=2"]]
    {
        assert_eq!(state(states).state, first, "{states:?}");
    }
    let sent = state(&["bar=2,foo=1", "baz=3,foo=2"]);
    assert_eq!(["bar", "foo", "baz"].map(|key| sent.get(key)), [Some("2"), Some("1"), Some("3")]);
    // A duplicate that is wrong is as wrong as any other member.
    state_is_discarded(&["foo=1,foo="]);
}

#[test]
fn tracestate_all_allowed_characters() {
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|letter| !",=".contains(*letter)).collect();
    for key in [key.to_owned(), format!("{key}@a-z0-9_-*/")] {
        let sent = state(&[&format!("{key}={value}")]);
        assert_eq!(sent.get(&key), Some(value.as_str()));
    }
}

#[test]
fn tracestate_ows_handling() {
    for header in ["foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3"] {
        let sent = state(&[header]);
        assert_eq!(
            ["foo", "bar", "baz"].map(|key| sent.get(key)),
            [Some("1"), Some("2"), Some("3")]
        );
    }
    for header in [" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"] {
        assert_eq!(state(&[header]).get("foo"), Some("1"));
    }
}

#[test]
fn tracestate_key_illegal_characters() {
    for header in ["foo =1", "FOO=1", "foo.bar=1"] {
        state_is_discarded(&[header]);
    }
}

#[test]
fn tracestate_key_illegal_vendor_format() {
    for key in ["foo@", "foo@@bar", "foo@bar@baz"] {
        let sent = state(&[&format!("{key}=1,bar=2")]);
        assert_eq!((sent.get(key), sent.get("bar")), (Some("1"), Some("2")));
    }
    state_is_discarded(&["@foo=1,bar=2"]);
}

#[test]
fn tracestate_member_count_limit() {
    let member = |count: usize| format!("bar{count:02}={count:02}");
    let tens = |from: usize, to: usize| (from..=to).map(member).collect::<Vec<_>>().join(",");
    let sent = state(&[&tens(1, 10), &tens(11, 20), &tens(21, 30), &tens(31, 32)]);
    assert_eq!((sent.state.len(), sent.get("bar01")), (32, Some("01")));
    state_is_discarded(&[&tens(1, 10), &tens(11, 20), &tens(21, 30), &tens(31, 33)]);
    assert_eq!(state(&[&tens(1, 32), &tens(1, 32)]).state.len(), 32);
}

#[test]
fn tracestate_key_length_limit() {
    let with = |key: &str| state(&["foo=1", &format!("{key}=1")]).get("foo").is_some();
    let (tenant, system) = ("t".repeat(241), "v".repeat(14));
    assert!(with(&"z".repeat(256)));
    assert!(!with(&"z".repeat(257)));
    assert!(with(&format!("{tenant}@{system}")));
    assert!(with(&format!("{tenant}t@v")));
    assert!(with(&format!("t@{system}v")));
    assert!(!with(&format!("{tenant}t@{system}")));
}

#[test]
fn tracestate_value_illegal_characters() {
    state_is_discarded(&["foo=bar=baz"]);
    state_is_discarded(&["foo=,bar=3"]);
}

fn ids<const N: usize>(headers: &[(&str, &str)]) -> (HashSet<String>, HashSet<String>) {
    let _capture = trace_testkit::capture();
    serve::<N>(headers).into_iter().map(|sent| (sent.trace_id, sent.parent_id)).unzip()
}

#[test]
fn multiple_requests_with_valid_traceparent() {
    let (traces, parents) = ids::<3>(&[("traceparent", PARENT.replace("-00", "-01").as_str())]);
    assert_eq!((traces.len(), parents.len()), (1, 3));
    assert!(traces.contains(TRACE));
}

#[test]
fn multiple_requests_without_traceparent() {
    assert_eq!(ids::<3>(&[]).1.len(), 3);
}

#[test]
fn multiple_requests_with_illegal_traceparent() {
    let zero = "0".repeat(32);
    let (traces, parents) = ids::<3>(&[("traceparent", &format!("00-{zero}-{SPAN}-01"))]);
    assert!(!traces.contains(&zero));
    assert_eq!(parents.len(), 3);
}
