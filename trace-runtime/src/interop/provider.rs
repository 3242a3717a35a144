//! Implements the tracer provider of OpenTelemetry's API.

use super::tracer::Tracer;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace as otel;

/// The pipeline as a tracer provider of [`opentelemetry`], for code that takes one as an argument.
///
/// It is OpenTelemetry's global one unless
/// [`without_global_tracer_provider`](crate::TelemetryBuilder::without_global_tracer_provider) was called. It
/// has no state: where no pipeline is installed, its spans record nothing.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use trace_runtime::Telemetry;
/// use trace_runtime::export::NullExporter;
///
/// let telemetry = Telemetry::builder().with_exporter(NullExporter::new()).install()?;
/// let tracer = telemetry.tracer_provider().tracer("shop");
/// tracer.in_span("checkout", |_context| { /* … */ });
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TracerProvider;

impl otel::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Tracer {
        Tracer::new(scope)
    }
}
