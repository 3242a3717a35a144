//! Measures what a layer adds to a request, of a server and of a client: a span with its attributes,
//! metrics, and the context from or into the headers, around a service that does nothing. The bare
//! service, whose requests have to be made too, is to be subtracted.
//!
//! tower-http's `TraceLayer` measures nothing and reads no headers; it is here because it is what most
//! programs have. The other peer measures with a meter provider of the SDK, and has no layer for clients.

use criterion::{Criterion, criterion_group, criterion_main};
use http::{Request, Response};
use http_body_util::Empty;
use opentelemetry::global;
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use tower::Layer as _;
use tower::Service;
use tower::util::service_fn;
use tower_http::trace::TraceLayer;
use trace_benches::candidate::{Burst, Candidate, Load};
use trace_benches::export::count::{Counts, NullExporter, Received};
use trace_benches::operation::{Operation, timed};
use trace_benches::ours::Ours;
use trace_benches::peers::{otel_sdk, tracing_otel};
use trace_tower::{ClientLayer, ServerLayer, UrlTemplate};
use tracing::{Dispatch, dispatcher};

mod bursts;

type Body = Empty<&'static [u8]>;
type Answer = Ready<Result<Response<Body>, Infallible>>;

fn handle(_: Request<Body>) -> Answer {
    ready(Ok(Response::new(Body::new())))
}

fn request() -> Request<Body> {
    Request::get("/users/7?page=2")
        .header("host", "shop.test:8080")
        .header("user-agent", "bench/1")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .body(Body::new())
        .unwrap_or_default()
}

/// A request as a client makes it.
fn outgoing() -> Request<Body> {
    Request::get("http://shop.test:8080/users/7?page=2")
        .header("user-agent", "bench/1")
        .extension(UrlTemplate::new("/users/{id}"))
        .body(Body::new())
        .unwrap_or_default()
}

/// Sends one request and drops the answer, which has no body.
fn send<S: Service<Request<Body>>>(mut service: S, request: Request<Body>) {
    let mut answer = pin!(service.call(request));
    let mut cx = Context::from_waker(Waker::noop());
    while answer.as_mut().poll(&mut cx).map(|answer| black_box(answer).is_ok()).is_pending() {}
}

/// A service behind a layer, and who receives its spans.
struct Layered<S> {
    name: &'static str,
    service: S,
    request: fn() -> Request<Body>,
    /// A span for each request; none: nothing is to reach an exporter.
    is_recorded: bool,
    settle: fn(),
    received: fn() -> Counts,
}

impl<S: Service<Request<Body>> + Clone + Sync> Candidate for Layered<S> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn burst(&self, _: Operation, calls: u32) -> Option<Burst> {
        let timed = timed(calls, |_, _, _| send(self.service.clone(), (self.request)()));
        Some(if self.is_recorded { Burst::recorded(timed, 0) } else { Burst::unrecorded(timed) })
    }

    fn settle(&self) {
        (self.settle)();
    }

    fn received(&self) -> Counts {
        (self.received)()
    }
}

static THEIRS: Received = Received::new();

/// No layer at all.
fn bare(request: fn() -> Request<Body>) -> Layered<impl Service<Request<Body>> + Clone + Sync> {
    Layered {
        name: "no layer",
        service: service_fn(handle),
        request,
        is_recorded: false,
        settle: || (),
        received: Counts::default,
    }
}

/// This workspace's layer.
fn ours<S>(service: S, request: fn() -> Request<Body>) -> Layered<S> {
    Layered {
        name: "trace-tower",
        service,
        request,
        is_recorded: true,
        settle: || Ours.settle(),
        received: || Ours.received(),
    }
}

fn requests(criterion: &mut Criterion) {
    let meters =
        || SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).build();
    let mut group = criterion.benchmark_group("a request to a server");
    let mut bench = |candidate: &dyn Candidate| {
        bursts::bench(&mut group, candidate, Operation::Root);
    };
    bench(&bare(request));

    let tracers = otel_sdk::provider(NullExporter(&THEIRS), Load::Burst);
    global::set_tracer_provider(tracers.clone());
    global::set_meter_provider(meters());
    global::set_text_map_propagator(TraceContextPropagator::new());
    static TRACERS: std::sync::OnceLock<opentelemetry_sdk::trace::SdkTracerProvider> =
        std::sync::OnceLock::new();
    TRACERS.get_or_init(|| tracers);
    let layer = LayerBuilder::builder()
        .with_route_extractor_fn(|_: &Request<Body>| Some("/users/{id}".to_owned()))
        .build();
    let Ok(layer) = layer else { panic!("the layer of the peer cannot be built") };
    bench(&Layered {
        name: "opentelemetry-instrumentation-tower",
        service: layer.layer(service_fn(handle)),
        request,
        is_recorded: true,
        settle: || {
            TRACERS.get().map(|tracers| tracers.force_flush());
        },
        received: || THEIRS.counts(),
    });

    let dispatch = tracing_otel::subscriber(Load::Burst, true);
    let traced = Layered {
        name: "tower-http TraceLayer, tracing-opentelemetry (lean)",
        service: TraceLayer::new_for_http().layer(service_fn(handle)),
        request,
        is_recorded: true,
        settle: || tracing_otel::Lean.settle(),
        received: || tracing_otel::Lean.received(),
    };
    within(&dispatch, || bench(&traced));

    Ours.install(Load::Burst);
    let layer = ServerLayer::new().with_route(|_| Some("/users/{id}"));
    bench(&ours(layer.layer(service_fn(handle)), request));
    group.finish();

    let mut group = criterion.benchmark_group("a request of a client");
    let mut bench = |candidate: &dyn Candidate| {
        bursts::bench(&mut group, candidate, Operation::Root);
    };
    bench(&bare(outgoing));
    bench(&ours(ClientLayer::new().layer(service_fn(handle)), outgoing));
    group.finish();
}

fn within(dispatch: &Dispatch, run: impl FnOnce()) {
    dispatcher::with_default(dispatch, run);
}

criterion_group! { name = benches; config = bursts::short(); targets = requests }
criterion_main!(benches);
