//! Tests layers in programs without telemetry, and with telemetry that starts later.

use axum::body::Body;
use http::{Request, Response, request};
use http_body_util::BodyExt as _;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use std::convert::Infallible;
use std::process::Command;
use tower::{Layer, Service, ServiceExt as _, service_fn};
use trace_tower::{ClientLayer, ServerLayer};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A service that returns the context it got.
fn echo()
-> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone
{
    service_fn(async |request: Request<Body>| {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let seen = format!("{:?} {:?}", header("traceparent"), header("baggage"));
        Ok::<_, Infallible>(Response::new(Body::from(seen)))
    })
}

/// A service that calls another, which returns the context it got.
fn service() -> impl Service<Request<Body>, Response = Response<impl http_body::Body>> + Clone {
    let client = ClientLayer::new().layer(echo());
    let handler = service_fn(move |_: Request<Body>| {
        let client = client.clone();
        async move { client.oneshot(Request::new(Body::empty())).await }
    });
    ServerLayer::new().layer(handler)
}

async fn send<R: http_body::Body>(
    service: impl Service<Request<Body>, Response = Response<R>>,
) -> String {
    sent(service, Request::get("/").header("traceparent", PARENT).header("baggage", "a=1")).await
}

/// Sends a request, and returns the answer.
async fn sent<R: http_body::Body>(
    service: impl Service<Request<Body>, Response = Response<R>>,
    request: request::Builder,
) -> String {
    let response = service.oneshot(request.body(Body::empty()).unwrap()).await;
    let Ok(response) = response else { panic!("the service does not fail") };
    let Ok(body) = response.into_body().collect().await else { panic!("the body does not fail") };
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

fn block_on<R>(future: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn passed_on() -> String {
    format!("Some({PARENT:?}) Some(\"a=1\")")
}

/// Returns the context that a client sends of one that other code has attached.
fn sent_of_attached() -> String {
    let trace_id = TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    let span_id = SpanId::from_hex("00f067aa0ba902b7").unwrap();
    let (flags, state) = (TraceFlags::SAMPLED, TraceState::default());
    let span = SpanContext::new(trace_id, span_id, flags, true, state);
    let context = opentelemetry::Context::new().with_remote_span_context(span);
    let _attached = context.with_baggage([KeyValue::new("a", "1")]).attach();
    block_on(sent(ClientLayer::new().layer(echo()), Request::get("/")))
}

/// One test, because the process has one telemetry.
#[test]
fn a_layer_passes_contexts_on_and_records_once_telemetry_starts() {
    // First, because it takes one call for the runtime to see the contexts of other code.
    assert_eq!(sent_of_attached(), passed_on());
    let service = service();
    assert_eq!(block_on(send(service.clone())), passed_on());
    let t = trace_testkit::capture();
    let seen = block_on(send(service.clone()));
    assert_ne!(seen, passed_on());
    assert!(seen.contains("4bf92f3577b34da6a3ce929d0e0e4736"), "{seen}");
    t.span("GET").count(2);
    t.histogram("http.server.request.duration").count(1);
    t.histogram("http.client.request.duration").count(1);
    drop(t);
    // Another capture sees what is measured in it, through the same layers.
    let t = trace_testkit::capture();
    block_on(send(service));
    t.histogram("http.server.request.duration").count(1);
    t.up_down_counter("http.server.active_requests").total(0);
}

/// Run by the test below, in a separate process.
#[test]
#[ignore = "has the environment of the test that runs it"]
fn with_telemetry_off() {
    let _telemetry = trace_runtime::init().unwrap();
    assert_eq!(block_on(send(service())), passed_on());
}

#[test]
fn where_telemetry_is_off_contexts_are_passed_on() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "with_telemetry_off", "--ignored"]).env("OTEL_SDK_DISABLED", "true");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
