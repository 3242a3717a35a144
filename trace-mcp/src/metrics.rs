//! Measures requests, through OpenTelemetry's global meter provider.

use crate::failure::Failure;
use opentelemetry::metrics::{Histogram, MeterProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use std::time::Instant;
use trace_runtime::metrics::GlobalInstruments;

/// The boundaries of the conventions, in seconds.
const BOUNDARIES: [f64; 14] =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

static DURATION: GlobalInstruments<Histogram<f64>> = GlobalInstruments::new();

/// The measurement of a request, which is recorded when it is dropped.
pub(crate) struct Measured {
    begun: Instant,
    attributes: Vec<KeyValue>,
    /// The request's end; `None` until it has one.
    end: Option<Option<Failure>>,
}

impl Measured {
    /// Begins to measure a request with these attributes.
    pub(crate) fn begin(attributes: Vec<KeyValue>) -> Self {
        Self { begun: Instant::now(), attributes, end: None }
    }

    /// Records a request that was answered.
    pub(crate) fn end(mut self, failure: Option<Failure>) {
        self.end = Some(failure);
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let failure = self.end.take().unwrap_or_else(|| Some(Failure::unanswered()));
        if let Some(Failure { kind, code, .. }) = failure {
            self.attributes.push(KeyValue::new("error.type", kind));
            self.attributes
                .extend(code.map(|code| KeyValue::new("rpc.response.status_code", code)));
        }
        DURATION.get(histogram).record(seconds, &self.attributes);
    }
}

fn histogram(provider: &dyn MeterProvider) -> Histogram<f64> {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
    let meter = provider.meter_with_scope(scope.with_version(env!("CARGO_PKG_VERSION")).build());
    meter
        .f64_histogram("mcp.server.operation.duration")
        .with_unit("s")
        .with_description("Duration of the requests that an MCP server has answered.")
        .with_boundaries(BOUNDARIES.to_vec())
        .build()
}
