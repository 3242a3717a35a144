use super::*;
use crate::export::otlp::contract::{self, batch, refused, send, start};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use trace_testkit::receiver::{Answer, Receiver, Signal, Transport};

struct Wire;

impl contract::Wire for Wire {
    type Exporter = OtlpHttpExporter;
    const TRANSPORT: Transport = Transport::HttpProtobuf;

    fn endpoint(receiver: &Receiver) -> String {
        receiver.http_endpoint(Signal::Traces)
    }

    fn exporter(settings: &OtlpSettings) -> Result<OtlpHttpExporter, InitError> {
        OtlpHttpExporter::new(settings)
    }

    fn busy() -> Answer {
        Answer::status(502)
    }
}

contract::promises!(Wire);

/// JSON keeps all promises of protobuf.
#[cfg(feature = "json")]
mod json {
    use super::*;

    struct JsonWire;

    impl contract::Wire for JsonWire {
        type Exporter = OtlpHttpExporter;
        const TRANSPORT: Transport = Transport::HttpJson;

        fn endpoint(receiver: &Receiver) -> String {
            receiver.http_endpoint(Signal::Traces)
        }

        fn exporter(settings: &OtlpSettings) -> Result<OtlpHttpExporter, InitError> {
            OtlpHttpExporter::new(&settings.clone().with_protocol(OtlpProtocol::HttpJson))
        }

        fn busy() -> Answer {
            Answer::status(503)
        }
    }

    contract::promises!(JsonWire);
}

#[cfg(not(feature = "json"))]
#[test]
fn json_is_a_feature() {
    let settings = OtlpSettings::default().with_protocol(OtlpProtocol::HttpJson);
    assert_eq!(
        refused::<Wire>(&settings),
        "OTLP over HTTP as JSON needs the cargo feature `json` of trace-runtime, which this build \
         leaves out"
    );
}

#[test]
fn an_endpoint_is_a_url() {
    let settings = OtlpSettings::default().with_endpoint("not a url");
    assert!(refused::<Wire>(&settings).contains("the endpoint `not a url` is not a URL"));
}

#[test]
fn requests_are_posted_to_the_path_of_traces() {
    let (receiver, settings) = start::<Wire>();
    send::<Wire>(&settings, &batch(1)).unwrap();
    let [request] = &receiver.requests()[..] else { panic!("{receiver:?}") };
    assert_eq!((request.method.as_str(), &*request.path), ("POST", "/v1/traces"));
}

#[test]
fn the_cause_of_a_failure_is_told() {
    // A port that was just given back has no listener.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://me:secret@127.0.0.1:{port}/v1/traces");
    let settings = OtlpSettings::default().with_endpoint(url).with_timeout(Duration::from_secs(2));
    let error = send::<Wire>(&settings, &batch(1)).unwrap_err();
    let expected = format!("cannot send to http://127.0.0.1:{port}/v1/traces: Connection refused");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!(error.lost(), None);

    let (receiver, settings) = start::<Wire>();
    receiver.respond_with(Answer::status(401).with_message("token  expired\n"));
    let error = send::<Wire>(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with(": it answered 401 Unauthorized: token expired"), "{error}");
    assert_eq!(receiver.requests().len(), 1, "not repeated");
}

#[test]
fn what_may_be_repeated_is_repeated() {
    let (receiver, settings) = start::<Wire>();
    receiver.respond_with(Answer::status(503).once());
    receiver.respond_with(Answer::status(429).with_retry_after(Duration::ZERO).once());
    receiver.respond_with(Answer::close().once());
    send::<Wire>(&settings, &batch(2)).unwrap();
    let sizes: Vec<_> = receiver.requests().iter().map(|request| request.body_bytes).collect();
    assert_eq!(sizes, [sizes[0]; 4]);
    assert_eq!(receiver.spans().len(), 2);
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    let (receiver, settings) = start::<Wire>();
    receiver.respond_with(Answer::status(429).with_retry_after(Duration::from_secs(1)).once());
    let begun = Instant::now();
    send::<Wire>(&settings, &batch(1)).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(receiver.spans().len(), 1);
    // A pause longer than the time for the batch is not waited for.
    receiver.respond_with(Answer::status(503).with_retry_after(Duration::from_secs(3_600)).once());
    let error = send::<Wire>(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with("it answered 503 Service Unavailable"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[cfg(feature = "tls")]
mod tls {
    use super::*;

    #[test]
    fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
        let receiver = Receiver::builder().with_tls().start().unwrap();
        let settings = contract::to::<Wire>(&receiver).with_timeout(Duration::from_secs(2));
        let error = send::<Wire>(&settings, &batch(1)).unwrap_err().to_string();
        assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        // A retry does not help.
        receiver.wait_for(|receiver| !receiver.broken_connections().is_empty(), Duration::MAX);
        assert_eq!(receiver.broken_connections().len(), 1);
    }

    #[test]
    fn files_that_hold_something_else_are_refused() {
        let receiver = Receiver::builder().with_client_auth().start().unwrap();
        let (certificate, key) = receiver.client_certificate().unwrap();
        let shown = |path: &std::path::Path| path.display().to_string();
        assert_eq!(
            refused::<Wire>(&contract::to::<Wire>(&receiver).with_certificate(&key)),
            format!("exporter `otlp`: {} contains no certificate", shown(&key))
        );
        assert_eq!(
            refused::<Wire>(
                &contract::to::<Wire>(&receiver)
                    .with_client_certificate(&certificate, &certificate)
            ),
            format!("exporter `otlp`: {} contains no private key", shown(&certificate))
        );
    }
}
