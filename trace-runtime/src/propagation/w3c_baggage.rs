//! Reads and writes `baggage` ([W3C Baggage](https://www.w3.org/TR/baggage/)).

use super::carrier::{all, trimmed};
use super::{Context, Extractor, Injector, Propagator};
use crate::context::{Baggage, insert_baggage};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::fmt::Write;

pub(super) const BAGGAGE: &str = "baggage";
/// The bytes that a value must encode; and `=`, at which some readers stop.
const ENCODED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%').add(b'=');

/// Baggage, in the W3C header.
///
/// Invalid members are left out, as are those beyond the limits of [`Baggage`]. Encoded bytes
/// that are not UTF-8 are read as U+FFFD, the replacement character. Members that would make the encoded
/// header longer than 8,192 bytes are not sent.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::propagation::Context;
/// use trace_runtime::propagation::{BaggagePropagator, Propagator};
///
/// let headers = HashMap::from([("baggage".to_owned(), "tenant=acme%20inc".to_owned())]);
/// let context = BaggagePropagator.extract(Context::default(), &headers);
/// assert_eq!(context.baggage().get("tenant"), Some("acme inc"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BaggagePropagator;

impl Propagator for BaggagePropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let header = encode(context.baggage());
        if !header.is_empty() {
            carrier.set(BAGGAGE, header);
        }
    }

    fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        read(context, all(carrier, BAGGAGE).into_iter())
    }

    fn fields(&self) -> &[&'static str] {
        &[BAGGAGE]
    }
}

/// Returns `context` with the baggage in these headers.
pub(super) fn read<'a>(context: Context, headers: impl Iterator<Item = &'a str>) -> Context {
    let baggage = decode(headers);
    if baggage.is_empty() { context } else { context.with_baggage(baggage) }
}

/// Returns the header for this baggage; empty if there is nothing to send.
pub(super) fn encode(baggage: &Baggage) -> String {
    let mut header = String::new();
    for (key, value) in baggage.iter() {
        let before = header.len();
        let comma = if header.is_empty() { "" } else { "," };
        let metadata = baggage.metadata(key).unwrap_or_default();
        let semicolon = if metadata.is_empty() { "" } else { ";" };
        let value = utf8_percent_encode(value, ENCODED);
        // Writing to a string cannot fail.
        let _ = write!(header, "{comma}{key}={value}{semicolon}{metadata}");
        if header.len() > Baggage::MAX_BYTES {
            header.truncate(before);
        }
    }
    header
}

fn decode<'a>(headers: impl Iterator<Item = &'a str>) -> Baggage {
    let mut baggage = Baggage::new();
    // Bounds the work on a hostile header: valid members need no more.
    let mut left = Baggage::MAX_BYTES + Baggage::MAX_ENTRIES;
    for member in headers.flat_map(|header| header.split(',')) {
        let Some(rest) = left.checked_sub(member.len() + 1) else { break };
        left = rest;
        let (pair, metadata) = member.split_once(';').unwrap_or((member, ""));
        let Some((key, value)) = pair.split_once('=') else { continue };
        let value = trimmed(value);
        let is_octet = |byte: u8| matches!(byte, b'!'..=b'~') && !b"\"\\".contains(&byte);
        if value.bytes().all(is_octet) {
            let text = percent_decode_str(value).decode_utf8_lossy();
            // Entries that do not fit, or whose key is invalid, are left out.
            let _ = insert_baggage(
                &mut baggage,
                trimmed(key),
                text.into_owned(),
                trimmed(metadata).into(),
            );
        }
    }
    baggage
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(headers: &[&str]) -> Baggage {
        super::decode(headers.iter().copied())
    }

    fn read(headers: &[&str]) -> String {
        let baggage = decode(headers);
        let all = baggage.iter().map(|(key, value)| format!("{key}={value}"));
        all.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_is_right_is_read_and_the_rest_is_left_out() {
        assert_eq!(read(&[]), "");
        assert_eq!(read(&["", " \t", ",,"]), "");
        assert_eq!(read(&["a=1,b=2", "c=3"]), "a=1|b=2|c=3");
        assert_eq!(read(&[" a \t= 1 ; p ; q = r ,b=2 "]), "a=1|b=2");
        assert_eq!(read(&["a=,b=1=2,c=%20%2C%3B%22%5C%25"]), "a=|b=1=2|c= ,;\"\\%");
        assert_eq!(read(&["a=%C3%A4,b=%zz"]), "a=ä|b=%zz");
        assert_eq!(read(&["a=1,a=2"]), "a=2");
        assert_eq!(read(&["a,=1,a b=1,ä=1,b=1 2,c=ä,d=\"1\",e=\\,g=1;;,h=7"]), "h=7");
        assert_eq!(read(&["a=%ff,b=x%c3,c=%c3%28"]), "a=\u{fffd}|b=x\u{fffd}|c=\u{fffd}(");
        assert_eq!(decode(&["a=1; p ;q = r"]).metadata("a"), Some("p ;q = r"));
    }

    #[test]
    fn limits_are_those_of_the_specification() {
        let many: Vec<_> = (0..100).map(|count| format!("k{count}=1")).collect();
        assert_eq!(decode(&[&many.join(",")]).len(), 64);
        let long = format!("a={},b=1", "x".repeat(8_000));
        assert_eq!(decode(&[&long]).len(), 2);
        let too_long = format!("a={},b=1", "x".repeat(9_000));
        assert_eq!(decode(&[&too_long]).len(), 0);
        // Encoded, each letter takes three bytes.
        let wide = Baggage::new().with_entry("a", " ".repeat(4_000)).with_entry("b", 1);
        assert_eq!(encode(&wide), "b=1");
    }

    #[test]
    fn properties_travel() {
        let header = "a=1;p;q=r,b=2";
        assert_eq!(encode(&decode(&[header])), header);
    }

    proptest! {
        #[test]
        fn values_come_back(key in "[!#$%&'*+.^_`|~a-zA-Z0-9-]{1,20}", value in any::<String>()) {
            let baggage = Baggage::new().with_entry(&key, &value);
            let header = encode(&baggage);
            prop_assert!(header.bytes().all(|byte| matches!(byte, b'!'..=b'~')));
            prop_assert_eq!(decode(&[&header]), baggage);
        }

        #[test]
        fn hostile_headers_do_no_harm(headers in prop::collection::vec(any::<String>(), 0..5)) {
            let headers: Vec<_> = headers.iter().map(String::as_str).collect();
            let baggage = decode(&headers);
            prop_assert!(baggage.len() <= Baggage::MAX_ENTRIES);
            prop_assert!(encode(&baggage).len() <= Baggage::MAX_BYTES);
        }
    }
}
