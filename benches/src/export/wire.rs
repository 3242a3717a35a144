//! Counts what an OTLP request contains, of any signal, without decoding it.
//!
//! The requests of all signals nest alike: in field 1 a resource's part, in its field 2 a scope's, in its
//! field 2 the spans, records or metrics.

use std::io;

/// Fields that lead to the items.
const PATH: [u64; 3] = [1, 2, 2];

/// Returns the number of spans, log records or metrics in a request.
pub fn items(request: &[u8]) -> io::Result<u64> {
    count(request, &PATH).ok_or_else(|| io::Error::other("not an OTLP request"))
}

fn count(mut message: &[u8], path: &[u64]) -> Option<u64> {
    let Some((wanted, rest)) = path.split_first() else { return Some(1) };
    let mut items = 0;
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let content = match key & 7 {
            0 => {
                varint(&mut message)?;
                continue;
            }
            1 => take(&mut message, 8)?,
            2 => {
                let length = varint(&mut message)?;
                take(&mut message, usize::try_from(length).ok()?)?
            }
            5 => take(&mut message, 4)?,
            _ => return None,
        };
        if key >> 3 == *wanted {
            items += count(content, rest)?;
        }
    }
    Some(items)
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (content, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(content)
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use prost::Message;

    #[test]
    fn items_are_counted_in_all_resources_and_scopes() {
        let span = || Span {
            name: "a name that is longer than a byte can tell".repeat(9),
            end_time_unix_nano: 7,
            ..Span::default()
        };
        let scope = |spans| ScopeSpans {
            spans: (0..spans).map(|_| span()).collect(),
            schema_url: "https://example.org".into(),
            ..ScopeSpans::default()
        };
        let resource = |scopes: &[usize]| ResourceSpans {
            scope_spans: scopes.iter().copied().map(scope).collect(),
            ..ResourceSpans::default()
        };
        let resource_spans = vec![resource(&[2, 0]), resource(&[]), resource(&[3, 4])];
        let request = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        assert_eq!(items(&request).ok(), Some(9));
        assert_eq!(items(&[]).ok(), Some(0));
        assert!(items(&request[..request.len() - 1]).is_err());
    }
}
