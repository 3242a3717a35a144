use super::*;
use crate::export::testing::{SpanMaker, assert_whole, whole_span};
use opentelemetry::KeyValue;
use std::net::TcpListener;
use std::time::Instant;
use tonic::Code;
use trace_testkit::receiver::{Answer, Receiver, Transport};

fn start() -> (Receiver, OtlpSettings) {
    let receiver = Receiver::start().unwrap();
    let settings = to(&receiver);
    (receiver, settings)
}

fn to(receiver: &Receiver) -> OtlpSettings {
    OtlpSettings::default().with_endpoint(receiver.grpc_endpoint())
}

fn batch(spans: u64) -> Vec<FinishedSpan> {
    (1..=spans).map(|id| SpanMaker::new("work").ids(1, id, 0).build(|_| {})).collect()
}

fn send(settings: &OtlpSettings, spans: &[FinishedSpan]) -> Result<(), ExportError> {
    let mut exporter = OtlpGrpcExporter::new(settings).unwrap();
    let sent = exporter.export(&spans.iter().collect::<Vec<_>>());
    exporter.shutdown(Duration::from_secs(1)).unwrap();
    sent
}

#[test]
fn a_receiver_decodes_what_was_recorded() {
    let (receiver, settings) = start();
    let settings = settings.with_header("Authorization", "Bearer abc").with_header("x-team", "a");
    let mut exporter = OtlpGrpcExporter::new(&settings).unwrap();
    let resource =
        Resource::builder_empty().with_attribute(KeyValue::new("service.name", "shop")).build();
    exporter.set_resource(&resource);
    let span = whole_span();
    exporter.export(&[&span]).unwrap();
    exporter.export(&[&span]).unwrap();
    exporter.shutdown(Duration::from_secs(1)).unwrap();

    for request in receiver.requests() {
        assert_eq!(request.transport, Some(Transport::Grpc));
        assert_eq!(request.header("authorization"), Some("Bearer abc"));
        assert_eq!(request.header("x-team"), Some("a"));
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("trace-runtime/"), "{agent}");
    }
    assert_eq!(receiver.spans().len(), 2);
    receiver.spans().iter().for_each(|sent| assert_whole(sent, &span));
}

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
fn a_receiver_that_is_not_there_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings =
        OtlpSettings::default().with_endpoint(format!("http://me:secret@127.0.0.1:{port}"));
    let settings = settings.with_timeout(Duration::from_secs(2));
    let error = send(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot send to http://127.0.0.1:{port}: ")), "{error}");
    assert!(error.contains("Connection refused"), "{error}");
}

#[test]
fn what_may_be_repeated_is_repeated() {
    let (receiver, settings) = start();
    let pause = Duration::from_millis(1);
    receiver.respond_with(Answer::grpc(Code::Unavailable, "busy").once());
    let exhausted = Answer::grpc(Code::ResourceExhausted, "slow down").retry_after(pause);
    receiver.respond_with(exhausted.once());
    receiver.respond_with(Answer::close().once());
    send(&settings, &batch(2)).unwrap();
    assert_eq!((receiver.requests().len(), receiver.spans().len()), (4, 2));
}

#[test]
fn what_may_not_be_repeated_is_told() {
    let (receiver, settings) = start();
    let refused = [
        (Answer::grpc(Code::Unauthenticated, "token expired"), "Unauthenticated: token expired"),
        // Without the word when to come back, this means: never.
        (Answer::grpc(Code::ResourceExhausted, "too much"), "ResourceExhausted: too much"),
    ];
    for (at, (answer, expected)) in refused.into_iter().enumerate() {
        receiver.respond_with(answer.once());
        let error = send(&settings, &batch(1)).unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
        assert_eq!(error.lost(), None);
        assert_eq!(receiver.requests().len(), at + 1, "not repeated");
    }
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    let (receiver, settings) = start();
    let pause = Duration::from_millis(700);
    receiver.respond_with(Answer::grpc(Code::Unavailable, "busy").retry_after(pause).once());
    let begun = Instant::now();
    send(&settings, &batch(1)).unwrap();
    assert!(begun.elapsed() >= pause, "{:?}", begun.elapsed());
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn a_receiver_that_is_down_is_tried_once_per_batch() {
    let (receiver, settings) = start();
    receiver.respond_with(Answer::grpc(Code::Unavailable, "busy"));
    let settings = settings.with_timeout(Duration::from_millis(500));
    let mut exporter = OtlpGrpcExporter::new(&settings).unwrap();
    let spans = batch(1);
    exporter.export(&[&spans[0]]).unwrap_err();
    let first = receiver.requests().len();
    assert!(first > 1, "{first}");
    exporter.export(&[&spans[0]]).unwrap_err();
    assert_eq!(receiver.requests().len(), first + 1);
    // When it is back, so are the attempts.
    receiver.respond_normally();
    exporter.export(&[&spans[0]]).unwrap();
    receiver.respond_with(Answer::grpc(Code::Unavailable, "busy").once());
    exporter.export(&[&spans[0]]).unwrap();
    assert_eq!(receiver.spans().len(), 2);
}

#[test]
fn a_silent_receiver_costs_no_more_than_the_timeout() {
    let (receiver, settings) = start();
    receiver.respond_with(Answer::hang());
    // One that answers nothing, and one that does not even talk HTTP.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("http://{}", mute.local_addr().unwrap());
    for settings in [settings, OtlpSettings::default().with_endpoint(mute)] {
        let start = Instant::now();
        let settings = settings.with_timeout(Duration::from_millis(300));
        let error = send(&settings, &batch(1)).unwrap_err().to_string();
        assert!(error.ends_with("no answer within 300ms"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
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

#[test]
fn it_works_within_a_runtime_of_the_program() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        // Only made and dropped here; exports happen on a thread of their own.
        drop(OtlpGrpcExporter::new(&OtlpSettings::default()).unwrap());
    });
}

fn refused(settings: OtlpSettings) -> String {
    OtlpGrpcExporter::new(&settings).map(drop).unwrap_err().to_string()
}

#[test]
fn bad_settings_are_refused() {
    assert!(refused(OtlpSettings::default().with_endpoint("not a url")).contains("not a url"));
    let bad_header = OtlpSettings::default().with_header("bad name", "value");
    assert_eq!(refused(bad_header), "exporter `otlp`: `bad name` is not a header name");
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
        let settings = to(&receiver).with_timeout(Duration::from_secs(1));
        let error = send(&settings, &batch(1)).unwrap_err().to_string();
        assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        assert!(receiver.spans().is_empty());
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
}
