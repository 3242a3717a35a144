//! Tests that requests are measured independently of sampling.

use crate::support::{get, send};
use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::{Request, StatusCode};
use trace_runtime::sampling::AlwaysOff;
use trace_testkit::Capture;
use trace_tower::ServerLayer;

fn app() -> Router {
    Router::new()
        .route("/{id}", any(async |body: String| format!("{body}{body}")))
        .route("/fails", any(async || StatusCode::SERVICE_UNAVAILABLE))
        .layer(ServerLayer::new())
}

fn post(text: &str) -> Request<Body> {
    let request = Request::post("/7").header("content-length", text.len());
    request.body(Body::from(text.to_owned())).unwrap()
}

#[trace_testkit::test]
async fn metrics_are_those_of_the_conventions(t: Capture) {
    let app = app();
    send(&app, post("four")).await;
    send(&app, get("/fails")).await;
    let keys = [
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "url.scheme",
    ];
    let bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    let duration = t.histogram("http.server.request.duration").unit("s").bounds(&bounds);
    duration.with("http.route", "/{id}").count(1).keys(keys).scope("trace-tower");
    let failed = t.histogram("http.server.request.duration").with("error.type", "503");
    failed.with("http.response.status_code", 503).with("http.route", "/fails").count(1);
    t.histogram("http.server.request.body.size").count(1).sum(4).unit("By").keys(keys);
    let answers = t.histogram("http.server.response.body.size").unit("By");
    answers.with("http.request.method", "POST").count(1).sum(8);
    let active = t.up_down_counter("http.server.active_requests").unit("{request}").total(0);
    active.keys(["http.request.method", "url.scheme"]);
    t.metrics().follow_conventions();
}

#[test]
fn requests_that_are_not_sampled_are_measured() {
    let t = Capture::builder().with_sampler(AlwaysOff).start();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let app = app();
        for _ in 0..3 {
            send(&app, post("four")).await;
        }
    });
    t.span("POST /{id}").none();
    t.histogram("http.server.request.duration").count(3);
    t.histogram("http.server.response.body.size").count(3).sum(24);
    t.up_down_counter("http.server.active_requests").total(0);
}

#[trace_testkit::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_request_is_measured_once_under_load(t: Capture) {
    const TASKS: usize = 16;
    const EACH: usize = 50;
    let app = app();
    let task = |number: usize| {
        let app = app.clone();
        t.captured(async move {
            for turn in 0..EACH {
                match (number + turn) % 3 {
                    0 => drop(send(&app, get("/fails")).await),
                    1 => drop(send(&app, post("four")).await),
                    _ => {
                        let request = tower::ServiceExt::oneshot(app.clone(), post("gone"));
                        trace_testkit::force::poll_and_drop(0, request);
                        let request = tower::ServiceExt::oneshot(app.clone(), post("left"));
                        drop(request.await);
                    }
                }
            }
        })
    };
    let tasks: Vec<_> = (0..TASKS).map(|number| tokio::spawn(task(number))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let requests = (TASKS * EACH) as u64;
    t.histogram("http.server.request.duration").count(requests);
    t.histogram("http.server.response.body.size").count(requests);
    t.up_down_counter("http.server.active_requests").total(0);
    t.span("POST /{id}").at_least(1);
    let failed = t.span("GET /fails").count(trace_testkit::matcher::gt(0)).len() as u64;
    t.histogram("http.server.request.duration").with("error.type", "503").count(failed);
}
