//! The service with the official stack: `tracing`, tracing-opentelemetry, the SDK with its batch processors, and
//! its exporters for OTLP over HTTP.
//!
//! The server's span and metrics are those of opentelemetry-instrumentation-tower. There is no such layer for
//! clients, so their spans, headers and durations are written by hand. The layer of tracing-opentelemetry adds no
//! thread, target, or idle times, which the other variants do not record either.

use std::error::Error;
use std::sync::LazyLock;
use std::time::Instant;

use opentelemetry::metrics::Histogram;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_http::HeaderInjector;
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing::{Span, field, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use super::statement::find;
use super::{Parts, Started, Variant};
use crate::export::client::BlockingClient;
use crate::service::app::{self, App, work};
use crate::service::functions::functions;

/// The official stack.
pub(super) struct Official;

type Client = app::PlainClient;

functions! { (id, size, tier) #[instrument(skip_all, fields(id, size, tier))] }

/// The boundaries that the semantic conventions recommend, as the layer for servers has them.
static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("trace-benches")
        .f64_histogram("http.client.request.duration")
        .with_unit("s")
        .with_boundaries(vec![
            0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
        ])
        .build()
});

#[instrument(
    name = "GET",
    skip_all,
    fields(
        otel.kind = "client",
        http.request.method = "GET",
        network.protocol.version = "1.1",
        server.address = field::Empty,
        server.port = field::Empty,
        url.full = field::Empty,
        http.response.status_code = field::Empty,
    )
)]
async fn ask(app: &App<Client>, path: &str) -> u64 {
    let begin = Instant::now();
    let mut request = app::request(&app.stub, path);
    let span = Span::current();
    let host = request.uri().host().unwrap_or_default().to_owned();
    let port = i64::from(request.uri().port_u16().unwrap_or(80));
    span.record("server.address", &host);
    span.record("server.port", port);
    span.record("url.full", request.uri().to_string());
    global::get_text_map_propagator(|propagator| {
        let mut headers = HeaderInjector(request.headers_mut());
        propagator.inject_context(&span.context(), &mut headers);
    });
    let (status, length) = app::send(&app.client, request).await;
    span.record("http.response.status_code", status);
    let attributes = [
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("http.response.status_code", i64::from(status)),
        KeyValue::new("network.protocol.version", "1.1"),
        KeyValue::new("server.address", host),
        KeyValue::new("server.port", port),
        KeyValue::new("url.scheme", "http"),
    ];
    DURATION.record(begin.elapsed().as_secs_f64(), &attributes);
    length
}

impl Variant for Official {
    fn name(&self) -> &'static str {
        "official"
    }

    fn start(&self, Parts { stub, database }: Parts) -> Result<Started, Box<dyn Error>> {
        let spans = SpanExporter::builder().with_http().with_http_client(BlockingClient::default());
        let tracers = SdkTracerProvider::builder().with_batch_exporter(spans.build()?).build();
        let logs = LogExporter::builder().with_http().with_http_client(BlockingClient::default());
        let loggers = SdkLoggerProvider::builder().with_batch_exporter(logs.build()?).build();
        let metrics = MetricExporter::builder().with_http();
        let metrics = metrics.with_http_client(BlockingClient::default()).build()?;
        let meters = SdkMeterProvider::builder().with_periodic_exporter(metrics).build();

        global::set_text_map_propagator(TraceContextPropagator::new());
        global::set_tracer_provider(tracers.clone());
        global::set_meter_provider(meters.clone());
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracers.tracer("trace-benches"))
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        let subscriber = Registry::default()
            .with(LevelFilter::INFO)
            .with(layer)
            .with(OpenTelemetryTracingBridge::new(&loggers));
        tracing::subscriber::set_global_default(subscriber)?;

        let router = router(App { client: app::client(), stub, database });
        let router = router.layer(LayerBuilder::builder().build()?);
        let stop = move || {
            for ended in [tracers.shutdown(), loggers.shutdown(), meters.shutdown()] {
                if let Err(error) = ended {
                    eprintln!("official: {error}");
                }
            }
        };
        Ok(Started { router, stop: Box::new(stop) })
    }
}
