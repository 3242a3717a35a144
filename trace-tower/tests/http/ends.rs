//! Tests how requests end: with their body, an error, a panic, or cancelled.

use crate::support::{Frames, data, get};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::any;
use http_body_util::BodyExt as _;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use tower::{Layer, Service as _, ServiceExt as _, service_fn};
use trace_runtime::span::Outcome;
use trace_testkit::force::{pending_times, poll_and_drop};
use trace_testkit::{Capture, tree};
use trace_tower::ServerLayer;

/// Asserts that the request was measured once, and that none is active.
fn assert_one(t: &Capture, error: Option<&str>) {
    let duration = t.histogram("http.server.request.duration").count(1);
    match error {
        Some(error) => duration.with("error.type", error).count(1),
        None => duration.without("error.type").count(1),
    };
    t.up_down_counter("http.server.active_requests").total(0);
}

fn app(body: impl Fn() -> Body + Clone + Send + Sync + 'static) -> Router {
    let handler = move || std::future::ready(Response::new(body()));
    Router::new().route("/", any(handler)).layer(ServerLayer::new())
}

#[trace_testkit::test]
async fn a_body_is_part_of_the_request(t: Capture) {
    let app = app(|| Body::new(Frames::of([data("one"), data("three")])));
    let response = app.oneshot(get("/")).await.unwrap();
    t.open("GET /").one();
    t.up_down_counter("http.server.active_requests").total(1);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "onethree");
    t.assert_tree(tree! { "GET /" => { "frame", "frame", "frame" } });
    t.span("GET /").one().outcome(Outcome::Ok).not_failed();
    t.histogram("http.server.response.body.size").count(1).sum(8).unit("By");
    assert_one(&t, None);
}

#[trace_testkit::test]
async fn a_body_that_fails_fails_the_request(t: Capture) {
    let app = app(|| Body::new(Frames::of([data("one"), Err("disk on fire")])));
    let response = app.oneshot(get("/")).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    let span = t.span("GET /").one().has_error("disk on fire").outcome(Outcome::Error);
    span.has("http.response.status_code", 200).has("error.type", "axum_core::error::Error");
    t.histogram("http.server.response.body.size").count(1).sum(3);
    assert_one(&t, Some("axum_core::error::Error"));
}

#[trace_testkit::test]
async fn a_body_that_is_not_read_is_cancelled(t: Capture) {
    let app = app(|| Body::new(Frames::of([data("one"), data("two")])));
    let mut response = app.oneshot(get("/")).await.unwrap();
    response.body_mut().frame().await;
    drop(response);
    let span = t.span("GET /").one().outcome(Outcome::Cancelled);
    span.has("cancelled", true).has("http.response.status_code", 200);
    t.histogram("http.server.response.body.size").count(1).sum(3);
    assert_one(&t, Some("cancelled"));
}

#[trace_testkit::test]
async fn a_body_without_bytes_needs_no_reader(t: Capture) {
    drop(app(Body::empty).oneshot(get("/")).await.unwrap());
    t.span("GET /").one().outcome(Outcome::Ok);
    assert_one(&t, None);
}

#[trace_testkit::test]
async fn a_body_of_known_length_is_whole_when_its_bytes_are_read(t: Capture) {
    let mut response = app(|| Body::from("text")).oneshot(get("/")).await.unwrap();
    response.body_mut().frame().await;
    drop(response);
    t.span("GET /").one().outcome(Outcome::Ok);
    assert_one(&t, None);
}

#[trace_testkit::test]
async fn the_answer_to_head_has_no_body_to_wait_for(t: Capture) {
    let service = ServerLayer::new().layer(service_fn(async |_: http::Request<Body>| {
        Ok::<_, Infallible>(http::Response::new(Body::from("text")))
    }));
    let mut request = get("/");
    *request.method_mut() = http::Method::HEAD;
    drop(service.oneshot(request).await.unwrap());
    t.span("HEAD").one().outcome(Outcome::Ok);
    t.histogram("http.server.response.body.size").count(1).sum(0);
    assert_one(&t, None);
}

#[trace_testkit::test]
async fn a_handler_that_is_given_up_is_cancelled(t: Capture) {
    struct Cleanup;
    impl Drop for Cleanup {
        fn drop(&mut self) {
            trace_runtime::in_span("clean up", |_| ());
        }
    }
    let handler = async || {
        let _cleanup = Cleanup;
        pending_times(9).await;
    };
    let app = Router::new().route("/", any(handler)).layer(ServerLayer::new());
    poll_and_drop(2, app.oneshot(get("/")));
    t.assert_tree(tree! { "GET /" => { "clean up" } });
    let span = t.span("GET /").one().outcome(Outcome::Cancelled);
    span.has_no("http.response.status_code");
    assert_one(&t, Some("cancelled"));
}

#[trace_testkit::test]
async fn a_response_that_is_not_awaited_is_cancelled(t: Capture) {
    let app = app(Body::empty);
    drop(app.clone().call(get("/")));
    // axum begins nothing before the first poll; a plain service does.
    let mut service = ServerLayer::new().layer(service_fn(async |_: http::Request<Body>| {
        Ok::<_, Infallible>(http::Response::new(Body::empty()))
    }));
    drop(service.call(get("/")));
    t.span("GET").one().outcome(Outcome::Cancelled);
    t.up_down_counter("http.server.active_requests").total(0);
}

#[trace_testkit::test]
async fn a_handler_that_panics_has_panicked(t: Capture) {
    async fn panics() {
        pending_times(1).await;
        panic!("boom");
    }
    let app = Router::new().route("/", any(panics)).layer(ServerLayer::new());
    let task = tokio::spawn(t.captured(app.oneshot(get("/"))));
    assert!(task.await.unwrap_err().is_panic());
    t.span("GET /").one().outcome(Outcome::Panic).has("error.type", "panic");
    assert_one(&t, Some("panic"));
}

#[trace_testkit::test]
async fn a_service_that_panics_at_once_has_panicked(t: Capture) {
    let panics = |_: http::Request<Body>| -> std::future::Ready<Result<Response, Infallible>> {
        panic!("boom")
    };
    let mut service = ServerLayer::new().layer(service_fn(panics));
    let call = AssertUnwindSafe(|| service.call(get("/")));
    assert!(std::panic::catch_unwind(call).is_err());
    t.span("GET").one().outcome(Outcome::Panic);
    assert_one(&t, Some("panic"));
}

#[trace_testkit::test]
async fn a_service_that_fails_fails_the_request(t: Capture) {
    let fails = service_fn(async |_: http::Request<Body>| {
        Err::<Response, _>(std::io::Error::other("no more files"))
    });
    let service = ServerLayer::new().layer(fails);
    service.oneshot(get("/")).await.unwrap_err();
    let span = t.span("GET").one().has_error("no more files").outcome(Outcome::Error);
    span.has("error.type", "std::io::error::Error").has_no("http.response.status_code");
    assert_one(&t, Some("std::io::error::Error"));
    t.histogram("http.server.response.body.size").none();
}

#[trace_testkit::test]
async fn bodies_pass_unchanged(_t: Capture) {
    use http_body::Body as _;
    let response = app(|| Body::from("text")).oneshot(get("/")).await.unwrap();
    assert_eq!(response.body().size_hint().exact(), Some(4));
    assert!(!response.body().is_end_stream());
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-sum", "4".parse().unwrap());
    let frames =
        move || Frames::of([data("text"), Ok(hyper::body::Frame::trailers(trailers.clone()))]);
    let response = app(move || Body::new(frames())).oneshot(get("/")).await.unwrap();
    let whole = response.into_body().collect().await.unwrap();
    assert_eq!(whole.trailers().unwrap()["x-sum"], "4");
}
