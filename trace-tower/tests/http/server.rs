//! Tests what the layer for servers records.

use crate::support::{get, send};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path};
use axum::routing::{any, get as get_route};
use http::header::{ACCEPT, HeaderName, USER_AGENT};
use http::{Method, Request, StatusCode, Version};
use std::net::SocketAddr;
use trace_runtime::sampling::{AlwaysOff, AlwaysOn, Composite, ParentThreshold, Rule, RuleBased};
use trace_runtime::{Baggage, SpanKind, trace};
use trace_testkit::{Capture, tree};
use trace_tower::ServerLayer;

#[trace]
async fn load(id: u64) -> String {
    format!("user {id}")
}

async fn user(Path(id): Path<u64>) -> String {
    load(id).await
}

fn app(layer: ServerLayer) -> Router {
    Router::new()
        .route("/users/{id}", get_route(user))
        .route("/fails", any(|| async { StatusCode::BAD_GATEWAY }))
        .route("/refuses", any(|| async { StatusCode::FORBIDDEN }))
        .route("/any", any(|| async { "any" }))
        .layer(layer)
}

#[trace_testkit::test]
async fn a_request_has_a_span_named_by_its_route(t: Capture) {
    let app = app(ServerLayer::new());
    let mut request = get("/users/7?page=2&token=abc");
    request.headers_mut().insert(USER_AGENT, "curl/8".parse().unwrap());
    assert_eq!(send(&app, request).await.body(), "user 7");
    t.assert_tree(tree! { "GET /users/{id}" => { "load" } });
    let span = t.span("GET /users/{id}").one().kind(SpanKind::Server).not_failed();
    span.scope("trace-tower").has_no("code.file.path").has_only([
        ("http.request.method", "GET".into()),
        ("http.route", "/users/{id}".into()),
        ("url.path", "/users/7".into()),
        ("url.query", "page=2&token=REDACTED".into()),
        ("url.scheme", "http".into()),
        ("server.address", "shop.test".into()),
        ("network.protocol.version", "1.1".into()),
        ("user_agent.original", "curl/8".into()),
        ("http.response.status_code", trace_testkit::model::AttributeValue::from(200)),
    ]);
}

#[trace_testkit::test]
async fn statuses_are_failures_from_500_on(t: Capture) {
    let app = app(ServerLayer::new());
    send(&app, get("/fails")).await;
    send(&app, get("/refuses")).await;
    send(&app, get("/nowhere")).await;
    let failed = t.span("GET /fails").one().failed();
    failed.has("http.response.status_code", 502).has("error.type", "502");
    let refused = t.span("GET /refuses").one().not_failed();
    refused.has("http.response.status_code", 403).has_no("error.type");
    t.span("GET").one().not_failed().has("http.response.status_code", 404).has_no("http.route");
}

#[trace_testkit::test]
async fn methods_are_known_or_other(t: Capture) {
    let app = app(ServerLayer::new());
    for method in ["HEAD", "OPTIONS", "QUERY"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(&method).uri("/any").body(Body::empty()).unwrap();
        send(&app, request).await;
        t.span(format!("{method} /any")).one().outcome(trace_runtime::span::Outcome::Ok);
    }
    let request = Request::builder().method("BREW").uri("/any").body(Body::empty()).unwrap();
    send(&app, request).await;
    let other = t.span("HTTP /any").one().has("http.request.method", "_OTHER");
    other.has("http.request.method_original", "BREW");
}

#[trace_testkit::test]
async fn the_context_arrives_with_its_baggage(t: Capture) {
    async fn tenant() -> String {
        Baggage::current().get("tenant").unwrap_or_default().to_owned()
    }
    let app = Router::new().route("/", get_route(tenant)).layer(ServerLayer::new());
    let caller = t.remote_parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let mut request = get("/");
    request.headers_mut().extend(caller.request().headers().clone());
    request.headers_mut().insert("baggage", "tenant=acme".parse().unwrap());
    assert_eq!(send(&app, request).await.body(), "acme");
    t.span("GET /").one().remote_parent(&caller);
    assert!(Baggage::current().is_empty());
}

#[trace_testkit::test]
async fn filtered_requests_leave_nothing(t: Capture) {
    let app = app(ServerLayer::new().with_filter(|request| request.uri.path() != "/any"));
    assert_eq!(send(&app, get("/any")).await.body(), "any");
    t.span("GET /any").none();
    assert!(t.metrics().names().is_empty());
}

#[trace_testkit::test]
async fn headers_are_recorded_when_they_are_asked_for(t: Capture) {
    let name = HeaderName::from_static("x-shop");
    let layer = ServerLayer::new().with_request_headers([ACCEPT, name.clone()]);
    let app = Router::new()
        .route("/", get_route(async || [("x-shop", "open")]))
        .layer(layer.with_response_headers([name]));
    let mut request = get("/");
    request.headers_mut().append(ACCEPT, "a/b".parse().unwrap());
    request.headers_mut().append(ACCEPT, "c/d".parse().unwrap());
    send(&app, request).await;
    let span = t.span("GET /").one().has_no("http.request.header.x-shop");
    span.has("http.request.header.accept", ["a/b", "c/d"].as_slice())
        .has("http.response.header.x-shop", ["open"].as_slice());
}

#[trace_testkit::test]
async fn who_has_sent_it_is_known_by_the_connection(t: Capture) {
    let app = app(ServerLayer::new());
    let mut request = get("/any");
    let peer: SocketAddr = "[2001:db8::1]:4711".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    request.headers_mut().insert("x-forwarded-for", "10.0.0.1".parse().unwrap());
    send(&app, request).await;
    let span = t.span("GET /any").one().has("client.address", "2001:db8::1");
    span.has("network.peer.address", "2001:db8::1").has("network.peer.port", 4711);
}

#[trace_testkit::test]
async fn proxies_are_believed_where_they_are_trusted(t: Capture) {
    let app = app(ServerLayer::new().with_forwarded_headers(true));
    let mut request = get("/any");
    let header = "for=\"[2001:db8::2]:1\";host=public.test:8443;proto=https";
    request.headers_mut().insert("forwarded", header.parse().unwrap());
    send(&app, request).await;
    let span = t.span("GET /any").one().has("client.address", "2001:db8::2");
    span.has("server.address", "public.test").has("server.port", 8443).has("url.scheme", "https");
    t.histogram("http.server.request.duration").with("url.scheme", "https").count(1);
}

#[trace_testkit::test]
async fn hosts_come_from_the_target_or_the_header(t: Capture) {
    let layer = ServerLayer::new().with_scheme("https");
    let app = app(layer.with_route(|request| Some(request.uri.to_string())));
    let mut absolute = get("http://user:secret@[::1]:8080/any");
    *absolute.version_mut() = Version::HTTP_2;
    send(&app, absolute).await;
    let missing = Request::get("/any?a").body(Body::empty()).unwrap();
    send(&app, missing).await;
    let span = t.span("GET /any?a").one().has_no("server.address").has("url.query", "a");
    span.has("url.scheme", "https");
    let span = t.span("GET http://user:secret@[::1]:8080/any").one().has("server.address", "::1");
    span.has("server.port", 8080).has("url.scheme", "http").has("network.protocol.version", "2");
}

/// Panics again when it is dropped.
struct Thrown;

impl Drop for Thrown {
    fn drop(&mut self) {
        std::panic::panic_any("again");
    }
}

#[trace_testkit::test]
async fn callbacks_that_panic_harm_no_request(t: Capture) {
    let layer = ServerLayer::new()
        .with_filter(|_| std::panic::panic_any(Thrown))
        .with_route(|_| -> Option<&'static str> { std::panic::panic_any(Thrown) })
        .with_client_address(|_| std::panic::panic_any(Thrown));
    assert_eq!(send(&app(layer), get("/any")).await.body(), "any");
    t.span("GET /any").one().kind(SpanKind::Server).not_failed();
}

#[tokio::test]
async fn rules_see_the_attributes_of_requests() {
    let health = Rule::new(AlwaysOff)
        .with_kinds([SpanKind::Server])
        .with_attribute_values("url.path", ["/any"]);
    let rules = RuleBased::new([health, Rule::new(ParentThreshold::new(AlwaysOn))]).unwrap();
    let t = Capture::builder().with_sampler(Composite::new(rules)).start();
    let app = app(ServerLayer::new());
    send(&app, get("/any")).await;
    send(&app, get("/users/7?page=2")).await;
    t.assert_tree(tree! { "GET /users/{id}" => { "load" } });
    t.span("GET /users/{id}").has("url.query", "page=2").has("http.request.method", "GET").one();
}
