use super::*;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::export::testing::SpanMaker;
use crate::kind::SpanKind;
use crate::value::Value;
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

fn refused(settings: OtlpSettings) -> String {
    OtlpHttpExporter::new(&settings).unwrap_err().to_string()
}

#[test]
fn credentials_are_not_shown() {
    assert_eq!(without_credentials("https://me:pw@host:1/x@y"), "https://host:1/x@y");
    assert_eq!(without_credentials("http://host/x"), "http://host/x");
}

#[test]
fn bad_settings_are_refused() {
    let bad_header = OtlpSettings::default().with_header("bad name", "value");
    assert_eq!(refused(bad_header), "exporter `otlp`: `bad name` is not a header name");
    let bad_value = OtlpSettings::default().with_header("name", "a\nb");
    assert_eq!(
        refused(bad_value),
        "exporter `otlp`: the value of header `name` holds characters that no header may hold"
    );
    assert!(refused(OtlpSettings::default().with_endpoint("not a url")).contains("endpoint"));
}

#[cfg(not(feature = "tls"))]
#[test]
fn tls_is_a_feature() {
    assert_eq!(
        refused(OtlpSettings::default().with_endpoint("https://u:p@host/v1/traces")),
        "the endpoint https://host/v1/traces with TLS needs the cargo feature `tls` of \
         trace-runtime, which this build leaves out"
    );
}

/// What a receiver saw of one request.
struct Seen {
    head: String,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// A receiver on loopback that answers each request with what the script says.
fn receiver(
    mut script: impl FnMut(usize) -> Vec<u8> + Send + 'static,
) -> (OtlpSettings, Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (sender, seen) = channel();
    std::thread::spawn(move || {
        let mut count = 0;
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(request) = read_request(&mut stream) {
                let answer = script(count);
                count += 1;
                if sender.send(request).is_err() || stream.get_mut().write_all(&answer).is_err() {
                    break;
                }
            }
        }
    });
    (OtlpSettings::default().with_endpoint(url), seen)
}

fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut head = String::new();
    loop {
        let before = head.len();
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
        if head.len() - before == 2 {
            break;
        }
    }
    let mut seen = Seen { head, body: Vec::new() };
    let length = seen.header("content-length")?.parse().ok()?;
    seen.body.resize(length, 0);
    stream.read_exact(&mut seen.body).ok()?;
    Some(seen)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn ok() -> Vec<u8> {
    answer("200 OK", "content-type: application/x-protobuf\r\n", &[])
}

fn batch(spans: usize) -> Vec<FinishedSpan> {
    (0..spans)
        .map(|index| SpanMaker::new("work").ids(1, 1 + index as u64, 0).build(|_| {}))
        .collect()
}

fn send(settings: &OtlpSettings, spans: &[FinishedSpan]) -> Result<(), ExportError> {
    let mut exporter = OtlpHttpExporter::new(settings).unwrap();
    exporter.export(&spans.iter().collect::<Vec<_>>())
}

#[test]
fn a_receiver_decodes_what_was_recorded() {
    let (settings, seen) = receiver(|_| ok());
    let settings = settings.with_header("Authorization", "Bearer abc").with_header("x-team", "a");
    let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
    let resource =
        Resource::builder_empty().with_attribute(KeyValue::new("service.name", "shop")).build();
    exporter.set_resource(&resource);
    let other =
        SpanContext::remote(TraceId::from_u128(0x99), SpanId::from_u64(0x98), TraceFlags::SAMPLED);
    let span = SpanMaker::new("checkout")
        .ids(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 0xb7ad, 0x00f0)
        .times(1_700_000_000_000_000_001, 1_700_000_000_500_000_002)
        .attributes(&[
            ("order.id", Value::U64(7)),
            ("huge", Value::U64(u64::MAX)),
            ("ratio", Value::F64(0.5)),
            ("free", Value::Bool(false)),
            ("tags", Value::Strs(&["a", "b"])),
        ])
        .error("no stock")
        .event("exception", 1_700_000_000_400_000_000, &[("exception.type", Value::Str("E"))])
        .link(other, &[("why", Value::Str("retry"))])
        .build(|span| {
            span.kind = SpanKind::Server;
            span.parent_is_remote = true;
            span.trace_state = Some("vendor=1".into());
            span.dropped_attributes = 4;
        });
    exporter.export(&[&span]).unwrap();
    exporter.export(&[&span]).unwrap();
    exporter.shutdown(Duration::from_secs(1)).unwrap();

    let request = seen.recv().unwrap();
    assert!(request.head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(request.header("authorization"), Some("Bearer abc"));
    assert_eq!(request.header("x-team"), Some("a"));
    assert!(request.header("user-agent").unwrap().starts_with("trace-runtime/"));
    let decoded = ExportTraceServiceRequest::decode(&request.body[..]).unwrap();
    let [resource_spans] = &decoded.resource_spans[..] else { panic!("{decoded:?}") };
    assert_eq!(resource_spans.resource.as_ref().unwrap().attributes[0].key, "service.name");
    let [scope_spans] = &resource_spans.scope_spans[..] else { panic!("{decoded:?}") };
    let scope = scope_spans.scope.as_ref().unwrap();
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("shop", "1.2.3"));
    let [sent] = &scope_spans.spans[..] else { panic!("{decoded:?}") };
    assert_eq!(sent.trace_id, span.trace_id.to_bytes());
    assert_eq!(sent.span_id, span.span_id.to_bytes());
    assert_eq!(sent.parent_span_id, span.parent_span_id.to_bytes());
    assert_eq!(sent.trace_state, "vendor=1");
    // Sampled, and both bits that say that the parent is remote.
    assert_eq!(sent.flags, 0x301);
    assert_eq!((sent.name.as_str(), sent.kind), ("checkout", 2));
    assert_eq!(sent.start_time_unix_nano, 1_700_000_000_000_000_001);
    assert_eq!(sent.end_time_unix_nano, 1_700_000_000_500_000_002);
    assert_eq!(sent.dropped_attributes_count, 4);
    let status = sent.status.as_ref().unwrap();
    assert_eq!((status.code, status.message.as_str()), (2, "no stock"));
    let attributes: Vec<String> = sent
        .attributes
        .iter()
        .map(|pair| format!("{}: {:?}", pair.key, pair.value.as_ref().unwrap().value))
        .collect();
    assert_eq!(attributes[0], "order.id: Some(IntValue(7))");
    assert_eq!(attributes[1], "huge: Some(StringValue(\"18446744073709551615\"))");
    assert_eq!(attributes[2], "ratio: Some(DoubleValue(0.5))");
    assert_eq!(attributes[3], "free: Some(BoolValue(false))");
    assert!(attributes[4].starts_with("tags: Some(ArrayValue("), "{}", attributes[4]);
    assert_eq!(attributes[5], "code.function.name: Some(StringValue(\"shop::checkout\"))");
    assert_eq!(attributes[7], "code.line.number: Some(IntValue(7))");
    assert_eq!(sent.events[0].name, "exception");
    assert_eq!(sent.events[0].time_unix_nano, 1_700_000_000_400_000_000);
    assert_eq!(sent.links[0].trace_id, TraceId::from_u128(0x99).to_bytes());
    assert_eq!(seen.recv().unwrap().body, request.body);
}

#[cfg(feature = "gzip")]
#[test]
fn gzip_is_applied_when_asked_for() {
    let (settings, seen) = receiver(|_| ok());
    send(&settings.with_gzip(true), &batch(50)).unwrap();
    let request = seen.recv().unwrap();
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert_eq!(request.body[..2], [0x1f, 0x8b]);
}

#[test]
fn the_cause_of_a_failure_is_told() {
    // Nobody listens on a port that was just given back.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://me:secret@127.0.0.1:{port}/v1/traces");
    let settings = OtlpSettings::default().with_endpoint(url).with_timeout(Duration::from_secs(2));
    let error = send(&settings, &batch(1)).unwrap_err();
    let expected = format!("cannot send to http://127.0.0.1:{port}/v1/traces: Connection refused");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!(error.lost(), None);

    let (settings, seen) =
        receiver(|_| answer("401 Unauthorized", "content-type: text/plain\r\n", b"token expired"));
    let error = send(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with(": it answered 401 Unauthorized: token expired"), "{error}");
    assert_eq!(seen.iter().take(1).count(), 1);
    assert!(seen.try_recv().is_err(), "not repeated");
}

#[test]
fn what_may_be_repeated_is_repeated() {
    let (settings, seen) = receiver(|count| match count {
        0 => answer("503 Service Unavailable", "", &[]),
        1 => answer("429 Too Many Requests", "retry-after: 0\r\n", &[]),
        _ => ok(),
    });
    send(&settings, &batch(2)).unwrap();
    let bodies: Vec<_> = seen.iter().take(3).map(|seen| seen.body).collect();
    assert!(bodies[0] == bodies[1] && bodies[1] == bodies[2]);
}

#[test]
fn a_receiver_that_is_down_is_tried_once_per_batch() {
    let (settings, seen) = receiver(|_| answer("502 Bad Gateway", "", &[]));
    let settings = settings.with_timeout(Duration::from_millis(500));
    let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
    let spans = batch(1);
    exporter.export(&[&spans[0]]).unwrap_err();
    let first = seen.try_iter().count();
    assert!(first > 1, "{first}");
    exporter.export(&[&spans[0]]).unwrap_err();
    assert_eq!(seen.try_iter().count(), 1);
}

#[test]
fn a_silent_receiver_costs_no_more_than_the_timeout() {
    let (settings, _seen) = receiver(|_| {
        std::thread::sleep(Duration::from_secs(30));
        ok()
    });
    let start = Instant::now();
    let settings = settings.with_timeout(Duration::from_millis(300));
    let error = send(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with("no answer within 300ms"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn rejected_spans_are_counted() {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    let respond = |rejected_spans, error_message: &str| {
        let error_message = error_message.to_owned();
        let partial = ExportTracePartialSuccess { rejected_spans, error_message };
        let body = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        answer("200 OK", "content-type: application/x-protobuf\r\n", &body)
    };
    let (settings, _seen) = receiver(move |count| match count {
        0 => respond(2, "too old"),
        _ => respond(0, "please use batches"),
    });
    let error = send(&settings, &batch(5)).unwrap_err();
    assert_eq!(error.lost(), Some(2));
    assert!(error.to_string().ends_with("rejected 2 spans: too old"), "{error}");
    send(&settings, &batch(5)).unwrap();
}
