//! Tests what the layer for clients records.

use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tower::{Layer, ServiceExt as _, service_fn};
use trace_runtime::{Baggage, SpanKind, in_span, span::Outcome};
use trace_testkit::force::{pending_times, poll_and_drop};
use trace_testkit::{Capture, tree};
use trace_tower::{ClientLayer, ResendCount, UrlTemplate};

/// Sends a request to a server that answers so; returns the headers that the server received.
async fn ask(layer: ClientLayer, status: u16, request: Request<Body>) -> HeaderMap {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let server = service_fn({
        let seen = seen.clone();
        move |request: Request<Body>| {
            *seen.lock().unwrap() = request.headers().clone();
            in_span("send", |_| ());
            let mut response = Response::new(Body::from("answer"));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            std::future::ready(Ok::<_, Infallible>(response))
        }
    });
    let response = layer.layer(server).oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    Arc::try_unwrap(seen).unwrap().into_inner().unwrap()
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

#[trace_testkit::test]
async fn a_request_has_a_span_and_takes_the_context_along(t: Capture) {
    let _baggage = Baggage::new().with_entry("tenant", "acme").attach();
    let uri = "https://me:secret@shop.test/users/7?sig=a&b=c";
    let headers = ask(ClientLayer::new(), 200, get(uri)).await;
    t.assert_tree(tree! { "GET" => { "send" } });
    t.span("GET").one().kind(SpanKind::Client).not_failed().has_only([
        ("http.request.method", "GET".into()),
        ("url.full", "https://REDACTED:REDACTED@shop.test/users/7?sig=REDACTED&b=c".into()),
        ("server.address", "shop.test".into()),
        ("server.port", trace_testkit::model::AttributeValue::from(443)),
        ("network.protocol.version", "1.1".into()),
        ("http.response.status_code", 200.into()),
    ]);
    t.outgoing(&headers).propagates("GET");
    assert_eq!(headers["baggage"], "tenant=acme");
    let duration = t.histogram("http.client.request.duration").unit("s").count(1);
    duration.keys([
        "http.request.method",
        "http.response.status_code",
        "network.protocol.version",
        "server.address",
        "server.port",
        "url.scheme",
    ]);
    t.histogram("http.client.response.body.size").count(1).sum(6);
}

#[trace_testkit::test]
async fn statuses_are_failures_from_400_on(t: Capture) {
    ask(ClientLayer::new(), 404, get("http://shop.test/")).await;
    t.span("GET").one().failed().has("error.type", "404").has("server.port", 80);
    t.histogram("http.client.request.duration").with("error.type", "404").count(1);
}

#[trace_testkit::test]
async fn extensions_of_requests_add_to_their_spans(t: Capture) {
    let mut request = get("http://shop.test/users/7");
    request.extensions_mut().insert(UrlTemplate::new("/users/{id}"));
    request.extensions_mut().insert(ResendCount::new(2));
    ask(ClientLayer::new(), 200, request).await;
    let span = t.span("GET /users/{id}").one().has("url.template", "/users/{id}");
    span.has("http.request.resend_count", 2);
    t.histogram("http.client.request.duration").with("url.template", "/users/{id}").count(1);
}

#[trace_testkit::test]
async fn a_filter_and_propagation_can_be_switched_off(t: Capture) {
    let headers =
        ask(ClientLayer::new().with_propagation(false), 200, get("http://shop.test/")).await;
    assert!(headers.is_empty());
    t.span("GET").one();
    let headers = ask(ClientLayer::new().with_filter(|_| false), 200, get("http://a.test/")).await;
    assert!(headers.is_empty());
    t.span("GET").one();
}

#[trace_testkit::test]
async fn the_span_ends_with_the_head_of_the_answer(t: Capture) {
    let server = service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Body::from("answer")))
    });
    let client = ClientLayer::new().layer(server);
    let response = client.oneshot(get("http://shop.test/")).await.unwrap();
    t.span("GET").one().outcome(Outcome::Ok);
    t.histogram("http.client.request.duration").count(1);
    t.histogram("http.client.response.body.size").none();
    drop(response);
    t.histogram("http.client.response.body.size").count(1).sum(0);
}

#[trace_testkit::test]
async fn a_failed_or_cancelled_request_is_recorded_as_such(t: Capture) {
    let fails = service_fn(async |_: Request<Body>| {
        Err::<Response<Body>, Box<dyn std::error::Error + Send + Sync>>("refused".into())
    });
    let client = ClientLayer::new().layer(fails);
    client.oneshot(get("http://[::1]:9/")).await.unwrap_err();
    let span = t.span("GET").one().has_error("refused").has("error.type", "_OTHER");
    span.clone().has("server.address", "::1").has("server.port", 9);
    // That would be where the layer starts its spans, not where the request is sent.
    span.has_no("code.file.path").has_no("code.line.number").has_no("code.function.name");
    let waits = service_fn(async |_: Request<Body>| {
        pending_times(9).await;
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let client = ClientLayer::new().layer(waits);
    poll_and_drop(1, client.oneshot(Request::put("/").body(Body::empty()).unwrap()));
    let span = t.span("PUT").one().outcome(Outcome::Cancelled);
    span.has_no("server.address").has_no("url.full");
    t.histogram("http.client.request.duration").with("error.type", "cancelled").count(1);
}
