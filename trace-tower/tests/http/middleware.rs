//! Tests the middleware for reqwest against servers on loopback.

use crate::support::{Speaks, serve};
use axum::Router;
use axum::routing::any;
use http::{Extensions, StatusCode};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use trace_runtime::span::Outcome;
use trace_testkit::matcher::contains;
use trace_testkit::{Capture, tree};
use trace_tower::reqwest::TraceMiddleware;
use trace_tower::{ServerLayer, UrlTemplate};

fn client() -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new()).with(TraceMiddleware::new()).build()
}

/// Sends what has failed once more.
struct Again;

#[async_trait::async_trait]
impl Middleware for Again {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let copy = request.try_clone().unwrap();
        match next.clone().run(request, extensions).await {
            Ok(response) if response.status().is_server_error() => next.run(copy, extensions).await,
            result => result,
        }
    }
}

#[trace_testkit::test]
async fn a_request_has_a_span_and_takes_the_context_along(t: Capture) {
    let app = Router::new().route("/users/{id}", any(async || "user")).layer(ServerLayer::new());
    let address = serve(app, Speaks::Http1).await;
    // The credentials go into a header, which reqwest sees to.
    let uri = format!("http://me:secret@{address}/users/7?token=abc&page=2#code=1");
    let request = client().post(uri).body("hello").with_extension(UrlTemplate::new("/users/{id}"));
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "user");
    t.eventually(Duration::from_secs(20), |t| {
        t.assert_tree(tree! { "POST /users/{id}" => { "POST /users/{id}" } });
    })
    .await;
    let span = t.span("POST /users/{id}").has_child("POST /users/{id}").one();
    let full = format!("http://{address}/users/7?token=REDACTED&page=2#code=REDACTED");
    span.has("url.full", full)
        .has("server.address", "127.0.0.1")
        .has("server.port", i64::from(address.port()))
        .has("http.response.status_code", 200)
        .has_no("http.request.resend_count");
    t.histogram("http.client.request.duration").with("url.template", "/users/{id}").count(1);
    t.histogram("http.client.request.body.size").count(1).sum(5);
    t.histogram("http.client.response.body.size").count(1).sum(4);
    t.histogram("http.server.request.body.size").count(1).sum(5);
}

#[trace_testkit::test]
async fn retries_are_counted(t: Capture) {
    let turns = Arc::new(AtomicU32::new(0));
    let handler = move || {
        let is_first = turns.fetch_add(1, Ordering::Relaxed) == 0;
        async move { if is_first { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK } }
    };
    let address = serve(Router::new().fallback(any(handler)), Speaks::Http1).await;
    let client =
        ClientBuilder::new(reqwest::Client::new()).with(Again).with(TraceMiddleware::new());
    client.build().get(format!("http://{address}/")).send().await.unwrap();
    let [first, second] = &*t.span("GET").count(2) else { unreachable!("there are two") };
    first.clone().failed().has("error.type", "503").has_no("http.request.resend_count");
    second.clone().not_failed().has("http.request.resend_count", 1);
    t.histogram("http.client.request.duration").count(2);
}

#[trace_testkit::test]
async fn a_refused_connection_is_a_failure(t: Capture) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let uri = format!("http://{address}/?password=hunter2");
    client().get(uri).send().await.unwrap_err();
    let span = t.span("GET").one().outcome(Outcome::Error).has("error.type", "connect");
    span.has_error(contains("sending the request failed")).has_no("http.response.status_code");
    assert!(!t.render().contains("hunter2"), "{}", t.render());
    t.histogram("http.client.request.duration").with("error.type", "connect").count(1);
}

#[trace_testkit::test]
async fn a_request_that_is_given_up_is_cancelled(t: Capture) {
    let app = Router::new().fallback(any(std::future::pending::<()>));
    let address = serve(app, Speaks::Http1).await;
    let request = client().get(format!("http://{address}/")).send();
    trace_testkit::force::poll_and_drop(1, request);
    t.span("GET").one().outcome(Outcome::Cancelled);
}
