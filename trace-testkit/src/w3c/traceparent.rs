//! Parses the header `traceparent`: trace id, span id and flags.

use super::white_space::trimmed;
use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};

/// The fields of a `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traceparent {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
}

/// The flags that level 2 defines; a sender sets no others.
const KNOWN_FLAGS: u8 = 0b11;

impl Traceparent {
    /// Reads the value of the header; the error describes what is wrong.
    pub(crate) fn parse(header: &str) -> Result<Self, String> {
        let text = trimmed(header);
        let mut parts = text.splitn(5, '-');
        let mut part = |name: &str, digits: usize| -> Result<&str, String> {
            let part = parts.next().ok_or_else(|| format!("it has no {name}"))?;
            let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            if part.len() == digits && part.bytes().all(is_hex) {
                Ok(part)
            } else {
                let verb = if name.ends_with('s') { "are" } else { "is" };
                Err(format!("its {name} {verb} `{part}`, not {digits} lower-case hex digits"))
            }
        };
        let version = part("version", 2)?;
        let trace_id = part("trace id", 32)?;
        let span_id = part("parent id", 16)?;
        let flags = part("flags", 2)?;
        if version == "ff" {
            return Err("its version is ff, which stands for an invalid header".to_owned());
        }
        if version == "00"
            && let Some(more) = parts.next()
        {
            return Err(format!("version 00 ends after the flags, but `-{more}` follows"));
        }
        // Checked above: these are hex digits, and few enough.
        let trace_id = TraceId::from_u128(u128::from_str_radix(trace_id, 16).unwrap_or_default());
        let span_id = SpanId::from_u64(u64::from_str_radix(span_id, 16).unwrap_or_default());
        let flags = u8::from_str_radix(flags, 16).unwrap_or_default();
        if trace_id == TraceId::INVALID {
            return Err("its trace id is all zeros".to_owned());
        }
        if span_id == SpanId::INVALID {
            return Err("its parent id is all zeros".to_owned());
        }
        Ok(Self { trace_id, span_id, flags: TraceFlags::new(flags & KNOWN_FLAGS) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "12345678901234567890123456789012";
    const SPAN: &str = "1234567890123456";

    #[test]
    fn valid_headers_are_read() {
        let right = [
            (format!("00-{TRACE}-{SPAN}-01"), 1),
            (format!("00-{TRACE}-{SPAN}-00"), 0),
            (format!("00-{TRACE}-{SPAN}-03"), 3),
            // Undefined flags are ignored.
            (format!("00-{TRACE}-{SPAN}-fe"), 2),
            (format!(" \t00-{TRACE}-{SPAN}-01\t "), 1),
            // Later versions may add fields, after a dash.
            (format!("cc-{TRACE}-{SPAN}-01"), 1),
            (format!("cc-{TRACE}-{SPAN}-01-what-the-future-brings"), 1),
        ];
        for (header, flags) in right {
            let read = Traceparent::parse(&header).unwrap_or_else(|why| panic!("{header}: {why}"));
            assert_eq!((&*read.trace_id.to_string(), &*read.span_id.to_string()), (TRACE, SPAN));
            assert_eq!(read.flags.to_u8(), flags, "{header}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = [
            (String::new(), "its version is ``, not 2 lower-case hex digits"),
            ("00".to_owned(), "it has no trace id"),
            (format!("00-{TRACE}"), "it has no parent id"),
            (format!("00-{TRACE}-{SPAN}"), "it has no flags"),
            (format!("00-{TRACE}-{SPAN}-"), "its flags are ``"),
            (format!("00-{TRACE}-{SPAN}-01."), "its flags are `01.`"),
            (
                format!("00-{TRACE}-{SPAN}-01-future"),
                "version 00 ends after the flags, but `-future`",
            ),
            (format!("00-{TRACE}-{SPAN}-01-"), "version 00 ends after the flags, but `-`"),
            (format!("cc-{TRACE}-{SPAN}-01.future"), "its flags are `01.future`"),
            (format!("ff-{TRACE}-{SPAN}-01"), "its version is ff"),
            (format!(".0-{TRACE}-{SPAN}-01"), "its version is `.0`"),
            (format!("0.-{TRACE}-{SPAN}-01"), "its version is `0.`"),
            (format!("000-{TRACE}-{SPAN}-01"), "its version is `000`"),
            (format!("0-{TRACE}-{SPAN}-01"), "its version is `0`"),
            (format!("00-{}-{SPAN}-01", "0".repeat(32)), "its trace id is all zeros"),
            (format!("00-.{}-{SPAN}-01", &TRACE[1..]), "its trace id is `.2345"),
            (format!("00-{}.-{SPAN}-01", &TRACE[1..]), "its trace id is `2345"),
            (format!("00-{TRACE}3-{SPAN}-01"), "its trace id is `1234"),
            (format!("00-{}-{SPAN}-01", &TRACE[1..]), "its trace id is `2345"),
            (format!("00-{}-{SPAN}-01", "A".repeat(32)), "its trace id is `AAAA"),
            (format!("00-{TRACE}-{}-01", "0".repeat(16)), "its parent id is all zeros"),
            (format!("00-{TRACE}-.{}-01", &SPAN[1..]), "its parent id is `.234"),
            (format!("00-{TRACE}-{}.-01", &SPAN[1..]), "its parent id is `2345"),
            (format!("00-{TRACE}-{SPAN}7-01"), "its parent id is `12345678901234567`"),
            (format!("00-{TRACE}-{}-01", &SPAN[1..]), "its parent id is `234567890123456`"),
            (format!("00-{TRACE}-{SPAN}-.0"), "its flags are `.0`"),
            (format!("00-{TRACE}-{SPAN}-0."), "its flags are `0.`"),
            (format!("00-{TRACE}-{SPAN}-001"), "its flags are `001`"),
            (format!("00-{TRACE}-{SPAN}-1"), "its flags are `1`"),
            (format!("00_{TRACE}_{SPAN}_01"), "its version is `00_1234"),
            (format!("00-{TRACE}-{SPAN}-é"), "its flags are `é`"),
        ];
        for (header, why) in wrong {
            let error = Traceparent::parse(&header).unwrap_err();
            assert!(error.starts_with(why), "{header}: {error}, not {why}");
        }
    }
}
