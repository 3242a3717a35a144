//! Tests the promises of every transport of OTLP, each on all: `promises!(Transport)` in its tests.

use crate::error::InitError;
use crate::export::testing::{BuiltSpan, SpanMaker, assert_whole, batch_of, whole_span};
use crate::export::{ExportError, Exporter, OtlpSettings};
use crate::value::Value;
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use std::collections::HashSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use trace_testkit::receiver::{Answer, Receiver, Transport};

/// A transport under test.
pub(super) trait Wire {
    type Exporter: Exporter;
    const TRANSPORT: Transport;

    fn endpoint(receiver: &Receiver) -> String;

    fn exporter(settings: &OtlpSettings) -> Result<Self::Exporter, InitError>;

    /// Returns an answer that requests a retry.
    fn busy() -> Answer;
}

pub(super) fn to<W: Wire>(receiver: &Receiver) -> OtlpSettings {
    OtlpSettings::default().with_endpoint(W::endpoint(receiver))
}

pub(super) fn start<W: Wire>() -> (Receiver, OtlpSettings) {
    let receiver = Receiver::start().unwrap();
    let settings = to::<W>(&receiver);
    (receiver, settings)
}

pub(super) fn batch(spans: u64) -> Vec<BuiltSpan> {
    (1..=spans).map(|id| SpanMaker::new("work").ids(1, id, 0).build(|_| {})).collect()
}

pub(super) fn send<W: Wire>(
    settings: &OtlpSettings,
    spans: &[BuiltSpan],
) -> Result<(), ExportError> {
    let mut exporter = W::exporter(settings).unwrap();
    let sent = exporter.export(&batch_of(spans));
    exporter.shutdown(Duration::from_secs(1)).unwrap();
    sent
}

pub(super) fn refused<W: Wire>(settings: &OtlpSettings) -> String {
    W::exporter(settings).map(drop).unwrap_err().to_string()
}

pub(super) fn a_receiver_decodes_what_was_recorded<W: Wire>() {
    let (receiver, settings) = start::<W>();
    let settings = settings.with_header("Authorization", "Bearer abc").with_header("x-team", "a");
    let mut exporter = W::exporter(&settings).unwrap();
    let resource =
        Resource::builder_empty().with_attribute(KeyValue::new("service.name", "shop")).build();
    exporter.set_resource(&resource);
    let span = whole_span();
    exporter.export(&[span.view()]).unwrap();
    exporter.export(&[span.view()]).unwrap();
    exporter.shutdown(Duration::from_secs(1)).unwrap();

    for request in receiver.requests() {
        assert_eq!(request.transport, Some(W::TRANSPORT));
        assert_eq!(request.header("authorization"), Some("Bearer abc"));
        assert_eq!(request.header("x-team"), Some("a"));
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("trace-runtime/"), "{agent}");
    }
    assert_eq!(receiver.spans().len(), 2);
    receiver.spans().iter().for_each(|sent| assert_whole(sent, span.view()));
}

#[cfg(feature = "gzip")]
pub(super) fn gzip_is_applied_when_asked_for<W: Wire>() {
    let (receiver, settings) = start::<W>();
    send::<W>(&settings.clone().with_gzip(true), &batch(50)).unwrap();
    send::<W>(&settings, &batch(50)).unwrap();
    assert_eq!(receiver.spans().len(), 100);
    let [packed, plain] = &receiver.requests()[..] else { panic!("{receiver:?}") };
    assert!(packed.is_gzip() && packed.body_bytes < plain.body_bytes / 4, "{packed:?} {plain:?}");
}

pub(super) fn a_receiver_that_is_down_is_tried_once_per_batch<W: Wire>() {
    let (receiver, settings) = start::<W>();
    receiver.respond_with(W::busy());
    let settings = settings.with_timeout(Duration::from_millis(500));
    let mut exporter = W::exporter(&settings).unwrap();
    let spans = batch(1);
    exporter.export(&[spans[0].view()]).unwrap_err();
    let first = receiver.requests().len();
    assert!(first > 1, "{first}");
    exporter.export(&[spans[0].view()]).unwrap_err();
    assert_eq!(receiver.requests().len(), first + 1);
    // Once it is back, so are the retries.
    receiver.respond_normally();
    exporter.export(&[spans[0].view()]).unwrap();
    receiver.respond_with(W::busy().once());
    exporter.export(&[spans[0].view()]).unwrap();
    assert_eq!(receiver.spans().len(), 2);
}

pub(super) fn a_silent_receiver_costs_no_more_than_the_timeout<W: Wire>() {
    let (receiver, settings) = start::<W>();
    receiver.respond_with(Answer::hang());
    // One that does not answer, and one that does not speak HTTP.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("http://{}", mute.local_addr().unwrap());
    for settings in [settings, OtlpSettings::default().with_endpoint(mute)] {
        let start = Instant::now();
        let settings = settings.with_timeout(Duration::from_millis(300));
        let error = send::<W>(&settings, &batch(1)).unwrap_err().to_string();
        assert!(error.ends_with("no answer within 300ms"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}

pub(super) fn rejected_spans_are_counted<W: Wire>() {
    let (receiver, settings) = start::<W>();
    receiver.respond_with(Answer::partial_success(2, "too old").once());
    receiver.respond_with(Answer::partial_success(0, "please use batches").once());
    let error = send::<W>(&settings, &batch(5)).unwrap_err();
    assert_eq!(error.lost(), Some(2));
    assert!(error.to_string().ends_with("rejected 2 spans: too old"), "{error}");
    send::<W>(&settings, &batch(5)).unwrap();
    assert_eq!(receiver.spans().len(), 8);
}

pub(super) fn large_batches_are_sent_in_parts<W: Wire>() {
    let (receiver, settings) = start::<W>();
    let spans: Vec<_> = (1..=60).map(|id| large_span(id, 200_000)).collect();
    send::<W>(&settings, &spans).unwrap();
    let sizes: Vec<_> = receiver.requests().iter().map(|request| request.body_bytes).collect();
    assert!(sizes.len() == 3 && sizes.iter().all(|size| *size <= 4 << 20), "{sizes:?}");
    assert_eq!(receiver.spans().len(), 60);
    let ids: HashSet<_> = receiver.spans().iter().map(|span| span.span_id).collect();
    assert_eq!(ids.len(), 60);
}

pub(super) fn a_span_that_is_too_large_is_dropped_and_counted<W: Wire>() {
    let (receiver, settings) = start::<W>();
    let spans = [large_span(1, 10), large_span(2, 2_000), large_span(3, 10)];
    let settings = settings.with_max_request_size(1_500);
    let error = send::<W>(&settings, &spans).unwrap_err();
    assert_eq!(error.lost(), Some(1));
    assert!(error.to_string().ends_with("more than the 1500 that `max_request_size` allows"));
    assert!(receiver.requests().iter().all(|request| request.body_bytes <= 1_500));
    assert_eq!(receiver.spans().len(), 2);
    send::<W>(&settings.with_max_request_size(0), &spans).unwrap();
    assert_eq!(receiver.spans().len(), 5);
}

fn large_span(id: u64, bytes: usize) -> BuiltSpan {
    let text = "x".repeat(bytes);
    let maker = SpanMaker::new("large").ids(1, id, 0);
    maker.attributes(&[("text", Value::Str(&text))]).build(|_| {})
}

pub(super) fn endless_time_is_allowed<W: Wire>() {
    let (receiver, settings) = start::<W>();
    receiver.respond_with(W::busy().once());
    send::<W>(&settings.with_timeout(Duration::MAX), &batch(1)).unwrap();
    assert_eq!(receiver.spans().len(), 1);
}

pub(super) fn an_answer_that_is_too_large_is_not_asked_for_again<W: Wire>() {
    let (receiver, settings) = start::<W>();
    receiver.respond_with(Answer::partial_success(1, "x".repeat(5 << 20)).once());
    let error = send::<W>(&settings, &batch(2)).unwrap_err().to_string();
    assert_eq!(receiver.requests().len(), 1, "{error}");
    assert!(
        error.ends_with("more than the 4194304 bytes that `max_response_size` allows"),
        "{error}"
    );
    // The limit is a setting.
    receiver.respond_with(Answer::partial_success(1, "x".repeat(2_000)).once());
    let small = settings.clone().with_max_response_size(1_000);
    let error = send::<W>(&small, &batch(2)).unwrap_err().to_string();
    assert!(error.ends_with("more than the 1000 bytes that `max_response_size` allows"), "{error}");
    assert_eq!(receiver.requests().len(), 2, "not repeated");
    receiver.respond_with(Answer::partial_success(1, "x".repeat(5 << 20)));
    let large = settings.with_max_response_size(8 << 20);
    assert_eq!(send::<W>(&large, &batch(2)).unwrap_err().lost(), Some(1));
}

pub(super) fn success_that_is_no_answer_is_a_failure<W: Wire>() {
    let (receiver, settings) = start::<W>();
    receiver.respond_with(Answer::status(200).with_message("<html>It works!</html>"));
    let error = send::<W>(&settings, &batch(2)).unwrap_err();
    assert!(error.to_string().contains("which is no answer of "), "{error}");
    assert!(error.to_string().contains("It works!"), "{error}");
    assert_eq!((error.lost(), receiver.requests().len()), (None, 1));
}

pub(super) fn tokens_that_a_receiver_echoes_are_not_shown<W: Wire>() {
    let (receiver, settings) = start::<W>();
    let settings = settings.with_header("Authorization", "Bearer s3cret-token");
    receiver.respond_with(Answer::grpc(16, "the token s3cret-token has expired"));
    let error = send::<W>(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with("the token … has expired"), "{error}");
}

pub(super) fn credentials_of_an_endpoint_are_sent_and_not_shown<W: Wire>() {
    let (receiver, settings) = start::<W>();
    let url = settings.endpoint.clone().unwrap();
    let url = url.replace("http://", "http://me:s3cret%21@");
    let settings = settings.with_endpoint(url);
    receiver.respond_with(Answer::partial_success(1, "me:s3cret! is unknown").once());
    let error = send::<W>(&settings, &batch(1)).unwrap_err();
    assert!(error.to_string().ends_with("me:… is unknown"), "{error}");
    assert!(!format!("{settings:?}{error:?}").contains("s3cret"), "{settings:?}");
    let authorization = "Basic bWU6czNjcmV0IQ==";
    assert_eq!(receiver.requests()[0].header("authorization"), Some(authorization));
    send::<W>(&settings.with_header("Authorization", "Bearer a"), &batch(1)).unwrap();
    assert_eq!(receiver.requests()[1].header("authorization"), Some("Bearer a"));
}

pub(super) fn bad_headers_are_refused<W: Wire>() {
    let bad_name = OtlpSettings::default().with_header("bad name", "value");
    assert_eq!(refused::<W>(&bad_name), "exporter `otlp`: `bad name` is not a header name");
    let bad_value = OtlpSettings::default().with_header("name", "a\nb");
    assert_eq!(
        refused::<W>(&bad_value),
        "exporter `otlp`: the value of header `name` contains characters that headers may not contain"
    );
}

/// Settings that are valid for TLS only, each alone.
fn half_settings_of_tls(endpoint: Option<&str>) -> [OtlpSettings; 2] {
    let settings =
        OtlpSettings { endpoint: endpoint.map(str::to_owned), ..OtlpSettings::default() };
    [
        OtlpSettings { client_key: Some("key.pem".into()), ..settings.clone() },
        OtlpSettings { client_certificate: Some("chain.pem".into()), ..settings },
    ]
}

#[cfg(feature = "tls")]
pub(super) fn half_a_client_certificate_is_refused<W: Wire>() {
    for endpoint in [None, Some("https://localhost:4318")] {
        for settings in half_settings_of_tls(endpoint) {
            assert_eq!(
                refused::<W>(&settings),
                "exporter `otlp`: a client certificate needs its key, and a key its certificate"
            );
        }
    }
}

#[cfg(not(feature = "tls"))]
pub(super) fn tls_is_a_feature<W: Wire>() {
    let url = "https://u:p@host:4318/path";
    let missing = "the endpoint https://host:4318/path with TLS needs the cargo feature `tls` of \
                   trace-runtime, which this build leaves out";
    assert_eq!(refused::<W>(&OtlpSettings::default().with_endpoint(url)), missing);
    let trusting = OtlpSettings::default().with_certificate("ca.pem");
    for settings in half_settings_of_tls(None).into_iter().chain([trusting]) {
        let refused = refused::<W>(&settings);
        assert!(refused.contains("needs the cargo feature `tls`"), "{refused}");
    }
}

#[cfg(feature = "tls")]
pub(super) fn a_certificate_that_is_given_is_trusted<W: Wire>() {
    let receiver = Receiver::builder().with_tls().start().unwrap();
    let settings = to::<W>(&receiver).with_certificate(receiver.certificate().unwrap());
    send::<W>(&settings, &batch(1)).unwrap();
    assert_eq!(receiver.spans().len(), 1);
}

#[cfg(feature = "tls")]
pub(super) fn a_client_shows_its_certificate_when_it_has_one<W: Wire>() {
    let receiver = Receiver::builder().with_client_auth().start().unwrap();
    let settings = to::<W>(&receiver).with_certificate(receiver.certificate().unwrap());
    let (certificate, key) = receiver.client_certificate().unwrap();
    let shown = settings.clone().with_client_certificate(&certificate, key);
    send::<W>(&shown, &batch(1)).unwrap();
    assert_eq!(receiver.spans().len(), 1);
    send::<W>(&settings.with_timeout(Duration::from_millis(500)), &batch(1)).unwrap_err();
    assert_eq!(receiver.spans().len(), 1);
}

/// Defines a test for each promise, for one transport.
macro_rules! promises {
    ($wire:ty: $($(#[$given:meta])* $promise:ident)*) => {$(
        $(#[$given])*
        #[test]
        fn $promise() {
            $crate::export::otlp::contract::$promise::<$wire>();
        }
    )*};
    ($wire:ty) => {
        $crate::export::otlp::contract::promises! {
            $wire:
            a_receiver_decodes_what_was_recorded
            #[cfg(feature = "gzip")] gzip_is_applied_when_asked_for
            a_receiver_that_is_down_is_tried_once_per_batch
            a_silent_receiver_costs_no_more_than_the_timeout
            rejected_spans_are_counted
            large_batches_are_sent_in_parts
            a_span_that_is_too_large_is_dropped_and_counted
            endless_time_is_allowed
            success_that_is_no_answer_is_a_failure
            tokens_that_a_receiver_echoes_are_not_shown
            an_answer_that_is_too_large_is_not_asked_for_again
            credentials_of_an_endpoint_are_sent_and_not_shown
            bad_headers_are_refused
            #[cfg(feature = "tls")] half_a_client_certificate_is_refused
            #[cfg(not(feature = "tls"))] tls_is_a_feature
            #[cfg(feature = "tls")] a_certificate_that_is_given_is_trusted
            #[cfg(feature = "tls")] a_client_shows_its_certificate_when_it_has_one
        }
    };
}
pub(super) use promises;
