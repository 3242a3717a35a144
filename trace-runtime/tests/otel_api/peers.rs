//! Tests libraries that are written for OpenTelemetry's API.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use opentelemetry_instrumentation_tower::http::server::Layer;
use tower::ServiceExt as _;
use trace_runtime::{SpanKind, trace};
use trace_testkit::Capture;

#[trace]
async fn show(Path(id): Path<u64>) -> StatusCode {
    tokio::task::yield_now().await;
    load(id);
    super::library("render", || StatusCode::OK)
}

#[trace]
fn load(#[attr] id: u64) {}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[trace_testkit::test]
async fn a_tower_layer_and_a_handler_are_one_trace(t: Capture) {
    let service = Router::new().route("/orders/{id}", get(show)).layer(Layer::new());
    let request = Request::get("/orders/7").header("traceparent", PARENT);
    let response = service.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    drop(response);

    let server = t.span("show").one().parent_span_id;
    let request = t.spans().into_iter().find(|span| span.span_id == server).unwrap();
    assert_eq!(request.kind, SpanKind::Server);
    assert_eq!(request.scope.name, "opentelemetry-instrumentation-tower");
    assert_eq!(request.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(request.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert!(request.parent_is_remote);
    t.span("load").child_of("show").has("id", 7).one();
    t.span("render").child_of("show").one();
    assert_eq!(t.spans().len(), 4);
    t.strict();
}
