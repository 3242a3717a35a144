//! Tests a program whose client calls more hosts than are kept.

use axum::body::Body;
use http::{Request, Response};
use std::convert::Infallible;
use tower::{Layer, Service, ServiceExt as _, service_fn};
use trace_testkit::Capture;
use trace_testkit::matcher::any;
use trace_tower::{ClientLayer, ServerLayer, UrlTemplate};

/// The number of routes that are kept for each side.
const KEPT: usize = 1024;

async fn send(service: impl Service<Request<Body>, Error = Infallible>, uri: &str) {
    let mut request = Request::get(uri).body(Body::empty()).unwrap();
    request.extensions_mut().insert(UrlTemplate::new("/{page}"));
    let _ = service.oneshot(request).await;
}

/// One test, because the process has one table for each side.
#[trace_testkit::test]
async fn hosts_push_out_no_routes_of_the_server(t: Capture) {
    let answer =
        service_fn(async |_: Request<Body>| Ok::<_, Infallible>(Response::new(Body::empty())));
    let client = ClientLayer::new().layer(answer);
    for number in 0..KEPT + 100 {
        send(client.clone(), &format!("http://host{number}.test/page")).await;
    }
    let server = ServerLayer::new().with_route(|_| Some("/orders")).layer(answer);
    send(server, "http://shop.test/orders").await;
    t.histogram("http.server.request.duration").with("http.route", "/orders").count(1);

    t.histogram("http.client.request.duration").with("server.address", "host0.test").count(1);
    // All others share a series, and spans have their host in any case.
    t.metrics().cardinality("http.client.request.duration").exactly(KEPT + 1);
    let others = t.histogram("http.client.request.duration").without("server.address");
    others.without("url.template").count(100);
    for span in t.span("GET /{page}").count(KEPT + 100) {
        span.has("server.address", any());
    }
}
