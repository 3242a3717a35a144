//! Compares encoded requests with those that opentelemetry-proto makes of the same spans.

use super::*;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::export::adapter::span_data;
use crate::export::testing::{BuiltSpan, SpanMaker, batch_of};
use crate::export::{FinishedSpan, Status};
use crate::kind::SpanKind;
use crate::recorder::record;
use crate::site::Site;
use crate::value::Value as Given;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use prost::Message;

static SITES: [Site; 5] = [
    Site::new("checkout\0shop::cart\0src/cart.rs\x001.2.3\0\0\0order.id\0tier\0größe\0size", 7),
    Site::new("restock\0shop\0src/stock.rs\x001.2.3\0", 70_000),
    Site::new("main\0\0src/main.rs\0\0a name of its own\0\0id", 1).kind(SpanKind::Consumer),
    Site::new("query\0database::pool\0src/pool.rs\x000.9.0\0\0\0statement", 130),
    // Keys of the lengths at which an attribute is encoded differently.
    Site::new(
        concat!(
            "long\0keys\0src/keys.rs\x001.0.0\0\0\0",
            "of.forty.two.bytes.0123456789.0123456789.0\0",
            "of.forty.three.bytes.0123456789.0123456789.\0",
            "of.one.hundred.and.thirty.bytes.0123456789.0123456789.0123456789.0123456789.",
            "0123456789.0123456789.0123456789.0123456789.0123456789",
        ),
        4,
    ),
];

/// A seeded generator (xorshift64*), so that a failure can be reproduced.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// Returns a number of any magnitude.
    fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => *self.pick(&[0, 1, 127, 128, u64::MAX, i64::MAX as u64, i64::MAX as u64 + 1]),
            _ => self.next() >> self.below(64),
        }
    }

    /// Returns a time other than zero: the encoder writes zeros, which protobuf may omit.
    fn time(&mut self) -> u64 {
        self.number().max(1)
    }

    /// Returns a small number, and rarely a large one.
    fn few(&mut self) -> u64 {
        let end = if self.chance(30) { 150 } else { 3 };
        self.below(end)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// Returns texts of all lengths at which a length prefix grows. They are leaked.
    fn text(&mut self) -> &'static str {
        let len = match self.below(8) {
            0 => *self.pick(&[0, 1, 122, 123, 124, 125, 126, 127, 128, 129, 16_383, 16_384]),
            _ => self.below(40) as usize,
        };
        let alphabet = ['a', 'Z', '=', '\0', '\n', 'ß', '漢', '🦀'];
        let text: String = (0..len).map(|_| *self.pick(&alphabet)).collect();
        keep(text.leak())
    }

    fn list<T>(&mut self, make: impl Fn(&mut Self) -> T) -> &'static [T] {
        keep((0..self.below(6)).map(|_| make(self)).collect::<Vec<_>>().leak())
    }

    fn value(&mut self) -> Given<'static> {
        match self.below(12) {
            0 => Given::Absent,
            1 => Given::Bool(self.chance(2)),
            2 => Given::I64(self.number() as i64),
            3 => Given::U64(self.number()),
            4 => Given::F64(*self.pick(&[0.0, -0.0, 1.5, f64::MAX, f64::INFINITY, -1e-300])),
            5 => Given::Static(self.text()),
            6 => Given::Bools(self.list(|random| random.chance(2))),
            7 => Given::I64s(self.list(|random| random.number() as i64)),
            8 => Given::F64s(self.list(|random| random.next() as f64)),
            9 => Given::Strs(self.list(Self::text)),
            _ => Given::Str(self.text()),
        }
    }

    fn pairs(&mut self) -> Vec<(&'static str, Given<'static>)> {
        let most = if self.chance(50) { 200 } else { 5 };
        (0..self.below(most)).map(|_| (self.text(), self.value())).collect()
    }

    fn context(&mut self) -> SpanContext {
        let trace = TraceId::from_u128(u128::from(self.next()) << 64 | u128::from(self.next()));
        let (id, flags) = (SpanId::from_u64(self.next()), TraceFlags::new(self.next() as u8));
        let context = match self.chance(2) {
            true => SpanContext::remote(trace, id, flags),
            false => SpanContext::new(trace, id, flags),
        };
        if self.chance(2) { context.with_trace_state("vendor=1,other=a/b") } else { context }
    }

    fn span(&mut self) -> BuiltSpan {
        let site = self.pick(&SITES).info();
        let name = if self.chance(4) { self.text() } else { site.name };
        let mut span = SpanMaker::at(name, site).times(self.time(), self.time());
        for _ in 0..self.few() {
            span = span.event(self.text(), self.time(), &self.pairs());
        }
        for _ in 0..self.few() {
            span = span.link(self.context(), &self.pairs());
        }
        span.build(|span| {
            let context = self.context();
            (span.trace_id, span.span_id) = (context.trace_id(), context.span_id());
            span.trace_flags = context.trace_flags();
            span.trace_state = keep(context.trace_state().to_owned().leak());
            if self.chance(2) {
                span.parent_span_id = SpanId::from_u64(self.next());
                span.parent_is_remote = self.chance(2);
            }
            span.kind = record::span_kind(self.below(5) as u8);
            span.status = match self.below(3) {
                0 => Status::Unset,
                1 => Status::Ok,
                _ => Status::error(self.text()),
            };
            span.values = site.keys.iter().map(|_| self.value()).collect();
            for _ in 0..self.below(3) {
                span.attributes.push(self.pairs());
            }
            span.dropped_events = self.number() as u32;
            span.dropped_links = self.number() as u32;
            for link in &mut span.links {
                link.dropped_attributes = self.number() as u32;
            }
        })
    }
}

fn resource() -> Resource {
    let strings = vec![StringValue::from("a"), StringValue::from("")];
    Resource::builder_empty()
        .with_schema_url(
            [
                KeyValue::new("service.name", "shop"),
                KeyValue::new("process.pid", 4_711),
                KeyValue::new("tags", Value::Array(Array::String(strings))),
                KeyValue::new("ratios", Value::Array(Array::F64(vec![0.5, 1.0]))),
            ],
            "https://opentelemetry.io/schemas/1.37.0",
        )
        .build()
}

fn decode(request: &[u8]) -> Vec<ResourceSpans> {
    ExportTraceServiceRequest::decode(request).unwrap().resource_spans
}

/// Sorts scopes by name, and treats a missing status as an unset one.
fn comparable(mut all: Vec<ResourceSpans>) -> Vec<ResourceSpans> {
    for resource in &mut all {
        resource.scope_spans.sort_by_key(|spans| format!("{:?}", spans.scope));
        let spans = resource.scope_spans.iter_mut().flat_map(|scope| &mut scope.spans);
        spans.for_each(|span| span.status = Some(span.status.take().unwrap_or_default()));
    }
    all
}

#[test]
fn requests_match_the_stock_exporter() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let resource = resource();
    let mut encoder = SpanEncoder::default();
    encoder.set_resource(&resource);
    for _ in 0..50 {
        let spans: Vec<_> = (0..1 + random.below(40)).map(|_| random.span()).collect();
        let batch = batch_of(&spans);
        let ours = decode(encoder.encode(&batch[..]).1);
        let stock = batch.iter().map(|&span| span_data(span)).collect();
        let stock = group_spans_by_resource_and_scope(stock, &(&resource).into());
        let (ours, stock) = (comparable(ours), comparable(stock));
        if ours != stock {
            let span = spans.iter().find(|span| {
                let ours = comparable(decode(encoder.encode(&[span.view()][..]).1));
                let stock = vec![span_data(span.view())];
                ours != comparable(group_spans_by_resource_and_scope(stock, &(&resource).into()))
            });
            panic!("{span:#?}");
        }
    }
}

/// Rounds floats, the last bits of which serde_json does not read. Its largest number becomes infinite.
#[cfg(feature = "json")]
fn rounded(mut all: Vec<ResourceSpans>) -> Vec<ResourceSpans> {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};

    fn round(value: &mut AnyValue) {
        match &mut value.value {
            Some(Value::DoubleValue(number)) => *number = f64::from(*number as f32),
            Some(Value::ArrayValue(list)) => list.values.iter_mut().for_each(round),
            _ => {}
        }
    }
    fn all_of(attributes: &mut [KeyValue]) {
        attributes.iter_mut().filter_map(|it| it.value.as_mut()).for_each(round);
    }
    for span in all.iter_mut().flat_map(|all| &mut all.scope_spans).flat_map(|it| &mut it.spans) {
        all_of(&mut span.attributes);
        span.events.iter_mut().for_each(|event| all_of(&mut event.attributes));
        span.links.iter_mut().for_each(|link| all_of(&mut link.attributes));
    }
    all
}

#[cfg(feature = "json")]
#[test]
fn requests_in_json_match_those_in_protobuf() {
    use crate::export::otlp::json::JsonEncoder;

    let mut random = Random(0x1234_5678_9abc_def1);
    let (mut protobuf, mut json) = (SpanEncoder::default(), JsonEncoder::new().unwrap());
    let resource = resource();
    protobuf.set_resource(&resource);
    Encode::<[FinishedSpan<'_>]>::set_resource(&mut json, &resource);
    for _ in 0..50 {
        let spans: Vec<_> = (0..1 + random.below(40)).map(|_| random.span()).collect();
        let batch = batch_of(&spans);
        let expected = comparable(rounded(decode(protobuf.encode(&batch[..]).1)));
        let text = str::from_utf8(json.encode(&batch[..]).1).unwrap();
        // opentelemetry-proto does not read infinite numbers of attributes from JSON.
        let text = text.replace(r#""Infinity""#, &format!("{:?}", f64::MAX));
        let read: ExportTraceServiceRequest = serde_json::from_str(&text).unwrap();
        assert_eq!(comparable(rounded(read.resource_spans)), expected);
    }
}

#[test]
fn a_request_is_as_short_as_protobuf_allows() {
    let mut random = Random(42);
    let mut encoder = SpanEncoder::default();
    encoder.set_resource(&resource());
    for _ in 0..100 {
        let span = random.span();
        let request = encoder.encode(&[span.view()][..]).1.to_vec();
        let again = ExportTraceServiceRequest { resource_spans: decode(&request) };
        assert_eq!(request.len(), again.encoded_len());
    }
}

#[test]
fn without_spans_there_is_only_the_resource() {
    let mut encoder = SpanEncoder::default();
    encoder.set_resource(&resource());
    let decoded = decode(encoder.encode(&[] as &[FinishedSpan<'_>]).1);
    assert_eq!(decoded[0].scope_spans, []);
    assert_eq!(decoded[0].resource.as_ref().unwrap().attributes.len(), 4);
}

/// Stores the address of a leaked value, so that a leak checker finds it in use.
fn keep<T: ?Sized>(value: &'static T) -> &'static T {
    static KEPT: std::sync::Mutex<Vec<usize>> = std::sync::Mutex::new(Vec::new());
    KEPT.lock().unwrap().push(std::ptr::from_ref(value).cast::<u8>() as usize);
    value
}

#[test]
fn parts_of_a_batch_have_each_span_once() {
    let mut random = Random(7);
    let mut encoder = SpanEncoder::default();
    encoder.set_resource(&resource());
    let spans: Vec<_> = (0..60).map(|_| random.span()).collect();
    let batch = batch_of(&spans);
    let flat = |request: &[u8]| -> Vec<String> {
        let scopes = decode(request).into_iter().flat_map(|resource| resource.scope_spans);
        scopes
            .flat_map(|scope| {
                let of = format!("{:?} {}", scope.scope, scope.schema_url);
                scope.spans.into_iter().map(move |span| format!("{of} {span:?}"))
            })
            .collect()
    };
    let whole = flat(encoder.encode(&batch[..]).1);
    for limit in [0, 1_000, 5_000, usize::MAX] {
        assert_eq!(encoder.begin(&batch[..]), 60);
        let mut parts = Vec::new();
        while parts.len() < 60 {
            let (count, request) = encoder.encode_part(&batch[..], parts.len(), limit);
            assert!(count == 1 || request.len() <= limit.saturating_add(100), "{limit}");
            let part = flat(request);
            assert!(count > 0 && part.len() == count);
            parts.extend(part);
        }
        assert_eq!(parts, whole);
    }
}
