//! Tests malicious requests.

use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use std::convert::Infallible;
use tower::{Layer, Service, ServiceExt as _, service_fn};
use trace_testkit::Capture;
use trace_testkit::matcher::any;
use trace_tower::ServerLayer;

fn service() -> impl Service<Request<Body>, Error = Infallible, Response: Sized> + Clone {
    let not_found = service_fn(async |_: Request<Body>| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        Ok::<_, Infallible>(response)
    });
    ServerLayer::new().with_forwarded_headers(true).layer(not_found)
}

async fn send(request: Request<Body>) {
    let _ = service().oneshot(request).await;
}

#[trace_testkit::test]
async fn targets_may_have_any_form(t: Capture) {
    let asterisk = Request::builder().method(Method::OPTIONS).uri("*").body(Body::empty());
    send(asterisk.unwrap()).await;
    t.span("OPTIONS").one().has("url.path", "*").has_no("url.query");
    let connect = Request::builder().method(Method::CONNECT).uri("shop.test:443");
    send(connect.body(Body::empty()).unwrap()).await;
    let span = t.span("CONNECT").one().has("server.address", "shop.test");
    span.has("server.port", 443);
    let absolute = Request::get("HTTPS://shop.test/?").body(Body::empty()).unwrap();
    send(absolute).await;
    let span = t.span("GET").one().has("url.scheme", "https").has("url.query", "");
    span.has("url.path", "/").has("server.address", "shop.test");
}

#[trace_testkit::test]
async fn headers_may_hold_anything(t: Capture) {
    let huge = HeaderValue::from_bytes(&vec![b'a'; 1 << 16]).unwrap();
    let binary = HeaderValue::from_bytes(b"\xff\xfe\x80").unwrap();
    let names = [
        "host",
        "user-agent",
        "forwarded",
        "x-forwarded-for",
        "traceparent",
        "tracestate",
        "baggage",
        "content-length",
        "content-type",
    ];
    for value in [huge, binary, HeaderValue::from_static("\"=;,:[]@")] {
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        for name in names {
            request.headers_mut().append(name, value.clone());
            request.headers_mut().append(name, value.clone());
        }
        send(request).await;
    }
    for span in t.span("GET").count(3) {
        span.is_root().has_no("server.address").has_no("client.address");
    }
    t.histogram("http.server.request.body.size").none();
}

#[trace_testkit::test]
async fn clients_cannot_create_labels(t: Capture) {
    for number in 0..50 {
        let mut request = Request::builder().method(&*format!("M{number}"));
        request = request.uri(format!("http://h{number}/p{number}?q{number}"));
        request = request.header("x-forwarded-proto", format!("s{number}"));
        send(request.body(Body::empty()).unwrap()).await;
        let call = Request::post(format!("/made.Up/Method{number}"));
        let call = call.header("content-type", "application/grpc").body(Body::empty());
        send(call.unwrap()).await;
    }
    t.metrics().cardinality("http.server.request.duration").exactly(1);
    t.metrics().cardinality("http.server.active_requests").exactly(1);
    t.metrics().cardinality("rpc.server.call.duration").exactly(1);
    let rpc = t.histogram("rpc.server.call.duration").with("rpc.method", "_OTHER").count(50);
    rpc.with("rpc.response.status_code", "UNIMPLEMENTED").count(50);
    let other = t.span("HTTP").count(50);
    for span in other {
        span.has("http.request.method", "_OTHER").has("http.request.method_original", any());
    }
    for span in t.span("grpc").count(50) {
        span.has("rpc.method", "_OTHER").has("rpc.method_original", any()).failed();
    }
}
