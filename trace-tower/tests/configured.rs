//! Tests the defaults that a configuration file sets for servers and clients of HTTP.

use axum::body::Body;
use http::header::ACCEPT;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use std::borrow::Cow;
use std::convert::Infallible;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::{Layer, ServiceExt as _, service_fn};
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, RecordedValue};
use trace_runtime::{SpanKind, Telemetry};
use trace_tower::{ClientLayer, ServerLayer};

const LONG: Duration = Duration::from_secs(20);

/// Keeps the kind of spans, and their attributes as text.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Kept>>>);

type Kept = (SpanKind, Vec<String>);

impl Exporter for Spans {
    fn name(&self) -> Cow<'static, str> {
        "spans".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let spans = batch.iter().map(|span| {
            let attributes = span.attributes().map(|(key, value)| format!("{key}={}", text(value)));
            (span.kind(), attributes.collect())
        });
        self.0.lock().unwrap().extend(spans);
        Ok(())
    }
}

fn text(value: RecordedValue<'_>) -> String {
    match value {
        RecordedValue::Static(text) => text.to_owned(),
        RecordedValue::Str(text) => text.to_owned(),
        other => format!("{other:?}"),
    }
}

fn file(instrumentation: &str) -> String {
    format!(
        "file_format: '1.2'
tracer_provider: {{ processors: [{{ simple: {{ exporter: {{ console: }} }} }}] }}
instrumentation/development:
  general: {{ {instrumentation} }}
"
    )
}

/// One test, because the process has one pipeline.
#[test]
fn a_file_sets_what_the_program_does_not() {
    let path = std::env::temp_dir().join(format!("trace-configured-{}.yaml", std::process::id()));
    let http = "http: {
        client: { request_captured_headers: [X-Tenant], known_methods: [] },
        server: { request_captured_headers: [X-Tenant], response_captured_headers: [x-shard],
                  known_methods: [GET, BREW] } }";
    fs::write(
        &path,
        file(&format!("{http}, sanitization: {{ url: {{ sensitive_query_parameters: [Pin] }} }}")),
    )
    .unwrap();
    let spans = Spans::default();
    let builder = Telemetry::builder().without_env().with_config_file(&path).without_startup_line();
    let telemetry = builder.with_exporter(spans.clone()).install().unwrap();

    // The layers exist before a reload, and follow it.
    let answer = service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::builder().header("x-shard", "7").body(Body::empty()).unwrap())
    });
    let configured = ServerLayer::new().layer(ClientLayer::new().layer(answer));
    let own = ServerLayer::new()
        .with_request_headers([ACCEPT])
        .with_redacted(["own"])
        .layer(ClientLayer::new().with_request_headers([ACCEPT]).layer(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let request = |method: &str| {
        let url = "http://shop.test/?Pin=1&pin=2&token=3&own=4";
        let request = Request::builder().method(method).uri(url);
        request.header("x-tenant", "acme").header(ACCEPT, "text/*").body(Body::empty()).unwrap()
    };
    macro_rules! send {
        ($service:expr, $method:expr) => {{
            let Ok(response) = runtime.block_on($service.clone().oneshot(request($method)));
            let _ = runtime.block_on(response.into_body().collect());
            telemetry.force_flush(LONG).unwrap();
            let mut spans = std::mem::take(&mut *spans.0.lock().unwrap());
            spans.sort_by_key(|(kind, _)| *kind == SpanKind::Server);
            let [(_, client), (_, server)] = &spans[..] else { panic!("{spans:?}") };
            (client.join(" "), server.join(" "))
        }};
    }
    let has = |attributes: &str, expected: &[&str]| {
        for expected in expected {
            assert!(attributes.contains(expected), "{expected}: {attributes}");
        }
    };

    let (client, server) = send!(configured, "BREW");
    has(&client, &["http.request.method=_OTHER", "http.request.header.x-tenant=", "acme"]);
    has(&client, &["?Pin=REDACTED&pin=2&token=3&own=4"]);
    assert!(!client.contains("x-shard"), "{client}");
    has(&server, &["http.request.method=BREW", "http.request.header.x-tenant=", "acme"]);
    has(&server, &["http.response.header.x-shard=", "url.query=Pin=REDACTED&pin=2&token=3&own=4"]);

    let (client, server) = send!(own, "PUT");
    has(&client, &["http.request.header.accept="]);
    assert!(!client.contains("x-tenant"), "{client}");
    has(&server, &["http.request.method=_OTHER", "http.request.header.accept="]);
    has(&server, &["http.response.header.x-shard=", "Pin=REDACTED&pin=2&token=3&own=REDACTED"]);
    assert!(!server.contains("x-tenant"), "{server}");

    fs::write(&path, file("sanitization: { url: { sensitive_query_parameters: [] } }")).unwrap();
    assert!(telemetry.config_handle().reload().unwrap());
    let (client, server) = send!(configured, "PUT");
    has(&client, &["http.request.method=PUT", "?Pin=1&pin=2&token=3&own=4"]);
    has(&server, &["http.request.method=PUT", "url.query=Pin=1&pin=2&token=3&own=4"]);
    assert!(!(client + &server).contains("x-tenant"));

    fs::write(&path, file("http: {}")).unwrap();
    assert!(telemetry.config_handle().reload().unwrap());
    let (client, _) = send!(configured, "PUT");
    has(&client, &["?Pin=1&pin=2&token=REDACTED&own=4"]);

    fs::write(&path, file("http: { server: { request_captured_headers: ['no header'] } }"))
        .unwrap();
    let error = telemetry.config_handle().reload().unwrap_err().to_string();
    assert!(error.contains("`no header` is not the name of a header"), "{error}");
    fs::remove_file(&path).unwrap();
    telemetry.shutdown(LONG);
}
