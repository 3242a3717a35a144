use super::*;
use crate::export::testing::{SpanMaker, assert_whole, whole_span};
use opentelemetry::KeyValue;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use trace_testkit::receiver::{Answer, Receiver, Signal, Transport};

fn refused(settings: OtlpSettings) -> String {
    OtlpHttpExporter::new(&settings).unwrap_err().to_string()
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

fn start() -> (Receiver, OtlpSettings) {
    let receiver = Receiver::start().unwrap();
    let settings = to(&receiver);
    (receiver, settings)
}

fn to(receiver: &Receiver) -> OtlpSettings {
    OtlpSettings::default().with_endpoint(receiver.http_endpoint(Signal::Traces))
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
    let (receiver, settings) = start();
    let settings = settings.with_header("Authorization", "Bearer abc").with_header("x-team", "a");
    let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
    let resource =
        Resource::builder_empty().with_attribute(KeyValue::new("service.name", "shop")).build();
    exporter.set_resource(&resource);
    let span = whole_span();
    exporter.export(&[&span]).unwrap();
    exporter.export(&[&span]).unwrap();
    exporter.shutdown(Duration::from_secs(1)).unwrap();

    for request in receiver.requests() {
        assert_eq!((request.method.as_str(), &*request.path), ("POST", "/v1/traces"));
        assert_eq!(request.transport, Some(Transport::HttpProtobuf));
        assert_eq!(request.header("authorization"), Some("Bearer abc"));
        assert_eq!(request.header("x-team"), Some("a"));
        assert!(request.header("user-agent").unwrap().starts_with("trace-runtime/"));
    }
    assert_eq!(receiver.spans().len(), 2);
    receiver.spans().iter().for_each(|sent| assert_whole(sent, &span));
}

#[cfg(feature = "gzip")]
#[test]
fn gzip_is_applied_when_asked_for() {
    let (receiver, settings) = start();
    send(&settings.clone().with_gzip(true), &batch(50)).unwrap();
    send(&settings, &batch(50)).unwrap();
    assert_eq!(receiver.spans().len(), 100);
    let [packed, plain] = &receiver.requests()[..] else { panic!("{receiver:?}") };
    assert!(packed.is_gzip() && packed.body_bytes < plain.body_bytes / 4, "{packed:?} {plain:?}");
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

    let (receiver, settings) = start();
    receiver.respond_with(Answer::status(401).message("token  expired\n"));
    let error = send(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with(": it answered 401 Unauthorized: token expired"), "{error}");
    assert_eq!(receiver.requests().len(), 1, "not repeated");
}

#[test]
fn what_may_be_repeated_is_repeated() {
    let (receiver, settings) = start();
    receiver.respond_with(Answer::status(503).once());
    receiver.respond_with(Answer::status(429).retry_after(Duration::ZERO).once());
    receiver.respond_with(Answer::close().once());
    send(&settings, &batch(2)).unwrap();
    let sizes: Vec<_> = receiver.requests().iter().map(|request| request.body_bytes).collect();
    assert_eq!(sizes, [sizes[0]; 4]);
    assert_eq!(receiver.spans().len(), 2);
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    let (receiver, settings) = start();
    receiver.respond_with(Answer::status(429).retry_after(Duration::from_secs(1)).once());
    let begun = Instant::now();
    send(&settings, &batch(1)).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(receiver.spans().len(), 1);
    // One that is longer than the time for the batch is not waited for.
    receiver.respond_with(Answer::status(503).retry_after(Duration::from_secs(3_600)).once());
    let error = send(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with("it answered 503 Service Unavailable"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_receiver_that_is_down_is_tried_once_per_batch() {
    let (receiver, settings) = start();
    receiver.respond_with(Answer::status(502));
    let settings = settings.with_timeout(Duration::from_millis(500));
    let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
    let spans = batch(1);
    exporter.export(&[&spans[0]]).unwrap_err();
    let first = receiver.requests().len();
    assert!(first > 1, "{first}");
    exporter.export(&[&spans[0]]).unwrap_err();
    assert_eq!(receiver.requests().len(), first + 1);
    // When it is back, so are the attempts.
    receiver.respond_normally();
    exporter.export(&[&spans[0]]).unwrap();
    receiver.respond_with(Answer::status(502).once());
    exporter.export(&[&spans[0]]).unwrap();
    assert_eq!(receiver.spans().len(), 2);
}

#[test]
fn a_silent_receiver_costs_no_more_than_the_timeout() {
    let (receiver, settings) = start();
    receiver.respond_with(Answer::hang());
    let start = Instant::now();
    let settings = settings.with_timeout(Duration::from_millis(300));
    let error = send(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with("no answer within 300ms"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn rejected_spans_are_counted() {
    let (receiver, settings) = start();
    receiver.respond_with(Answer::partial_success(2, "too old").once());
    receiver.respond_with(Answer::partial_success(0, "please use batches").once());
    let error = send(&settings, &batch(5)).unwrap_err();
    assert_eq!(error.lost(), Some(2));
    assert!(error.to_string().ends_with("rejected 2 spans: too old"), "{error}");
    send(&settings, &batch(5)).unwrap();
    assert_eq!(receiver.spans().len(), 8);
}

#[cfg(feature = "tls")]
mod tls {
    use super::*;

    #[test]
    fn a_certificate_that_is_given_is_trusted() {
        let receiver = Receiver::builder().tls().start().unwrap();
        let settings = to(&receiver).with_certificate(receiver.certificate().unwrap());
        send(&settings, &batch(1)).unwrap();
        assert_eq!(receiver.spans().len(), 1);
    }

    #[test]
    fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
        let receiver = Receiver::builder().tls().start().unwrap();
        let settings = to(&receiver).with_timeout(Duration::from_secs(2));
        let error = send(&settings, &batch(1)).unwrap_err().to_string();
        assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        // It gets no better by trying again.
        receiver.wait_for(|receiver| !receiver.broken_connections().is_empty(), Duration::MAX);
        assert_eq!(receiver.broken_connections().len(), 1);
    }

    #[test]
    fn a_client_shows_its_certificate_when_it_has_one() {
        let receiver = Receiver::builder().client_auth().start().unwrap();
        let settings = to(&receiver).with_certificate(receiver.certificate().unwrap());
        let (certificate, key) = receiver.client_certificate().unwrap();
        let shown = settings.clone().with_client_certificate(&certificate, key);
        send(&shown, &batch(1)).unwrap();
        assert_eq!(receiver.spans().len(), 1);
        send(&settings.with_timeout(Duration::from_millis(500)), &batch(1)).unwrap_err();
        assert_eq!(receiver.spans().len(), 1);
    }

    #[test]
    fn files_that_hold_something_else_are_refused() {
        let receiver = Receiver::builder().client_auth().start().unwrap();
        let (certificate, key) = receiver.client_certificate().unwrap();
        let shown = |path: &std::path::Path| path.display().to_string();
        assert_eq!(
            refused(to(&receiver).with_certificate(&key)),
            format!("exporter `otlp`: {} holds no certificate", shown(&key))
        );
        assert_eq!(
            refused(to(&receiver).with_client_certificate(&certificate, &certificate)),
            format!("exporter `otlp`: {} holds no private key", shown(&certificate))
        );
    }
}
