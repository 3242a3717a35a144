//! Reads and writes `x-amzn-trace-id`, the header of AWS X-Ray
//! ([tracing header](https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader)).

use super::carrier::{single, trimmed};
use super::{Context, Extractor, Injector, Propagator, hex};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};

const HEADER: &str = "x-amzn-trace-id";
/// The format of trace ids that senders write.
const VERSION: &str = "1";
/// The length of the longest header that is read: load balancers add further fields.
const MAX_LENGTH: usize = 1_024;

/// The format of AWS X-Ray: load balancers, API gateways and Lambda write it.
///
/// A trace id is written in two parts: eight digits, in which X-Ray's own libraries put the time, and the rest. A
/// sender that leaves the decision to the receiver (`Sampled=?`, or none) counts as sampled; the sampler, which is
/// called at the local root, can still refuse. Headers without a parent are ignored, and so are other fields.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::{SpanContext, propagation::{SpanId, TraceFlags, TraceId}};
/// use trace_runtime::propagation::{Propagator, XRayPropagator};
///
/// let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
/// let mut headers = HashMap::new();
/// XRayPropagator.inject(&span.into(), &mut headers);
/// assert_eq!(
///     headers["x-amzn-trace-id"],
///     "Root=1-00000000-000000000000000000000001;Parent=0000000000000002;Sampled=1"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct XRayPropagator;

impl Propagator for XRayPropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        if !span.is_valid() {
            return;
        }
        let trace_id = span.trace_id().to_u128();
        let (time, rest) = (trace_id >> 96, trace_id & (u128::MAX >> 32));
        let (parent, sampled) = (span.span_id(), u8::from(span.is_sampled()));
        let header =
            format!("Root={VERSION}-{time:08x}-{rest:024x};Parent={parent};Sampled={sampled}");
        carrier.set(HEADER, header);
    }

    fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        match single(carrier, HEADER).and_then(parse) {
            Some(span) => context.with_span_context(span),
            None => context,
        }
    }

    fn fields(&self) -> &[&'static str] {
        &[HEADER]
    }
}

/// Parses `Root=1-{8 digits}-{24 digits};Parent={16 digits};Sampled={0, 1 or ?}`, in any order and with other fields
/// between.
fn parse(header: &str) -> Option<SpanContext> {
    let header = Some(header).filter(|header| header.len() <= MAX_LENGTH)?;
    let (mut trace_id, mut span_id, mut flags) = (None, None, TraceFlags::SAMPLED);
    for field in header.split(';') {
        match trimmed(field).split_once('=') {
            Some(("Root", root)) => trace_id = Some(parse_root(root)?),
            Some(("Parent", parent)) => span_id = Some(hex::parse(parent, 16..=16)? as u64),
            Some(("Sampled", "0")) => flags = TraceFlags::NONE,
            Some(("Sampled", "1" | "?")) => flags = TraceFlags::SAMPLED,
            Some(("Sampled", _)) => return None,
            _ => {}
        }
    }
    let (trace_id, span_id) = (TraceId::from_u128(trace_id?), SpanId::from_u64(span_id?));
    Some(SpanContext::remote(trace_id, span_id, flags)).filter(SpanContext::is_valid)
}

fn parse_root(root: &str) -> Option<u128> {
    let mut parts = root.split('-');
    let version = parts.next()?;
    let (time, rest) = (hex::parse(parts.next()?, 8..=8)?, hex::parse(parts.next()?, 24..=24)?);
    (version == VERSION && parts.next().is_none()).then_some(time << 96 | rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn what_is_right_is_read() {
        for (fields, flags) in [
            ("Parent=53995c3f42cd8ad8;Sampled=1", 1),
            ("Parent=53995c3f42cd8ad8;Sampled=0", 0),
            ("Parent=53995c3f42cd8ad8;Sampled=?", 1),
            ("Parent=53995c3f42cd8ad8", 1),
            (" Sampled=0 ; Parent=53995c3f42cd8ad8 ;", 0),
            ("Self=1-67891234-12456789abcdef012345678;Parent=53995c3f42cd8ad8;Lineage=a:1|b:2", 1),
        ] {
            let orders = [format!("{ROOT};{fields}"), format!(" {fields};{ROOT}\t")];
            for header in orders {
                let span = parse(&header).unwrap_or_else(|| panic!("{header}"));
                assert_eq!(span.trace_id().to_string(), "5759e988bd862e3fe1be46a994272793");
                assert_eq!(span.span_id().to_string(), "53995c3f42cd8ad8", "{header}");
                assert_eq!(span.trace_flags().to_u8(), flags, "{header}");
                assert!(span.is_remote());
            }
        }
    }

    #[test]
    fn what_is_wrong_is_not_there() {
        for header in [
            "",
            ";",
            ROOT,
            "Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=2",
            "Root=1-5759e988-bd862e3fe1be46a994272793-0;Parent=53995c3f42cd8ad8",
            "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
            "Root=1-5759E988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
            "Root=1-5759e98-8bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
            "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
            "root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        ] {
            assert_eq!(parse(header), None, "{header}");
        }
        let long = format!("{ROOT};Parent=53995c3f42cd8ad8;Lineage={}", "a".repeat(MAX_LENGTH));
        assert_eq!(parse(&long), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(trace in 1_u128.., span in 1_u64.., is_sampled in any::<bool>()) {
            let flags = if is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NONE };
            let sent = SpanContext::new(TraceId::from_u128(trace), SpanId::from_u64(span), flags);
            let mut headers = HashMap::new();
            XRayPropagator.inject(&sent.clone().into(), &mut headers);
            let read = XRayPropagator.extract(Context::default(), &headers);
            let read = read.span_context();
            prop_assert_eq!(
                (read.trace_id(), read.span_id(), read.trace_flags()),
                (sent.trace_id(), sent.span_id(), sent.trace_flags())
            );
        }

        #[test]
        fn hostile_headers_do_no_harm(any in any::<String>(), fields in "(Root|Parent|Sampled)=.{0,40};?") {
            let _ = parse(&any);
            let _ = parse(&format!("{ROOT};{fields}"));
        }
    }
}
