//! The service with fastrace, whose reporter passes spans to the SDK's exporter. It records no logs and no metrics.
//! Its layers for servers and clients are written by hand.

use std::borrow::Cow;
use std::error::Error;

use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use fastrace::collector::Config;
use fastrace::future::FutureExt;
use fastrace::local::LocalSpan;
use fastrace::prelude::{Span, SpanContext, trace};
use fastrace_opentelemetry::OpenTelemetryReporter;
use http::HeaderValue;
use opentelemetry::InstrumentationScope;
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use sqlx::sqlite::SqlitePool;

use super::{Parts, Started, Variant};
use crate::export::client::BlockingClient;
use crate::service::app::{self, App, work};
use crate::service::functions::functions;

/// fastrace.
pub(super) struct Fastrace;

type Client = app::PlainClient;

const TRACEPARENT: &str = "traceparent";

functions! {
    (id, size, tier)
    #[trace(short_name = true, properties = { "id": "{id}", "size": "{size}", "tier": "{tier}" })]
}

#[trace(name = "GET")]
async fn ask(app: &App<Client>, path: &str) -> u64 {
    let mut request = app::request(&app.stub, path);
    LocalSpan::add_properties(|| {
        [
            ("span.kind", Cow::from("client")),
            ("http.request.method", "GET".into()),
            ("network.protocol.version", "1.1".into()),
            ("server.address", request.uri().host().unwrap_or_default().to_owned().into()),
            ("server.port", request.uri().port_u16().unwrap_or(80).to_string().into()),
            ("url.full", request.uri().to_string().into()),
        ]
    });
    let parent = SpanContext::current_local_parent();
    let parent = parent.map(|parent| HeaderValue::try_from(parent.encode_w3c_traceparent()));
    if let Some(Ok(parent)) = parent {
        request.headers_mut().insert(TRACEPARENT, parent);
    }
    let (status, length) = app::send(&app.client, request).await;
    LocalSpan::add_property(|| ("http.response.status_code", status.to_string()));
    length
}

#[trace(name = "SELECT items", properties = {
    "span.kind": "client",
    "db.system.name": "sqlite",
    "db.operation.name": "SELECT",
    "db.query.summary": "SELECT items",
    "db.query.text": "SELECT quantity FROM items WHERE id = ?",
})]
async fn find(database: &SqlitePool, id: u64) -> u64 {
    app::quantity(database, id).await
}

/// Records a request as the layers of the other variants do.
async fn server(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let parent = header(TRACEPARENT).and_then(SpanContext::decode_w3c_traceparent);
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let root = Span::root(
        format!("{} {route}", request.method()),
        parent.unwrap_or_else(SpanContext::random),
    );
    let root = root.with_properties(|| {
        [
            ("span.kind", "server".to_owned()),
            ("http.request.method", request.method().to_string()),
            ("http.route", route.to_owned()),
            ("url.path", request.uri().path().to_owned()),
            ("url.scheme", "http".to_owned()),
            ("network.protocol.version", "1.1".to_owned()),
            ("server.address", header("host").unwrap_or_default().to_owned()),
        ]
    });
    async {
        let response = next.run(request).await;
        LocalSpan::add_property(|| {
            ("http.response.status_code", response.status().as_u16().to_string())
        });
        response
    }
    .in_span(root)
    .await
}

impl Variant for Fastrace {
    fn name(&self) -> &'static str {
        "fastrace"
    }

    fn lacks(&self) -> &'static str {
        "logs, metrics, source locations, attributes that are not strings"
    }

    fn start(&self, Parts { stub, database }: Parts) -> Result<Started, Box<dyn Error>> {
        let spans = SpanExporter::builder().with_http().with_http_client(BlockingClient::default());
        let resource = Resource::builder().build();
        let scope = InstrumentationScope::builder("trace-benches").build();
        let reporter = OpenTelemetryReporter::new(spans.build()?, Cow::Owned(resource), scope);
        fastrace::set_reporter(reporter, Config::default());
        let router = router(App { client: app::client(), stub, database });
        let router = router.layer(middleware::from_fn(server));
        Ok(Started { router, stop: Box::new(fastrace::flush) })
    }
}
