//! Measures requests by instruments of OpenTelemetry's global meter provider, in programs whose
//! pipeline has no metrics.
//!
//! The provider is the one that is global when a request begins, so that a layer may be created before
//! the provider is, and outlive it.

use crate::conventions::Side;
use crate::metrics::Metrics;
use crate::runtime::Instrument;
use crate::runtime::runtime::instruments::AttributeSet;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider, UpDownCounter};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use std::sync::{Arc, PoisonError, RwLock};

/// The instruments of one side.
#[derive(Debug)]
pub(crate) struct Instruments {
    duration: Histogram<f64>,
    request_size: Histogram<u64>,
    response_size: Histogram<u64>,
    active: Option<UpDownCounter<i64>>,
    rpc_duration: Histogram<f64>,
}

/// All instruments, and the provider that they belong to.
struct Made {
    provider: Arc<dyn MeterProvider + Send + Sync>,
    server: Arc<Instruments>,
    client: Arc<Instruments>,
}

static MADE: RwLock<Option<Made>> = RwLock::new(None);

impl Made {
    fn new(provider: Arc<dyn MeterProvider + Send + Sync>) -> Self {
        let make = |side| {
            let metrics = Metrics::of(side);
            let meter = provider.meter_with_scope(scope_of(&metrics.duration));
            Arc::new(Instruments::new(&meter, metrics))
        };
        let (server, client) = (make(Side::Server), make(Side::Client));
        Self { provider, server, client }
    }

    fn side(&self, side: Side) -> Arc<Instruments> {
        match side {
            Side::Server => self.server.clone(),
            Side::Client => self.client.clone(),
        }
    }
}

impl Instruments {
    /// Returns the instruments of the current global meter provider.
    pub(crate) fn current(side: Side) -> Arc<Self> {
        let provider = global::meter_provider();
        let is_of =
            |made: &Made| std::ptr::addr_eq(&raw const *made.provider, &raw const *provider);
        let made = MADE.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = made.as_ref().filter(|made| is_of(made)) {
            return made.side(side);
        }
        drop(made);
        // Created outside the lock, because providers are foreign code.
        let new = Made::new(provider);
        let instruments = new.side(side);
        *MADE.write().unwrap_or_else(PoisonError::into_inner) = Some(new);
        instruments
    }

    fn new(meter: &Meter, metrics: &'static Metrics) -> Self {
        let active = metrics.active.as_ref().map(|active| {
            let active = meter
                .i64_up_down_counter(active.name())
                .with_unit(active.unit())
                .with_description(active.description());
            active.build()
        });
        Self {
            duration: floats(meter, &metrics.duration),
            request_size: integers(meter, &metrics.request_size),
            response_size: integers(meter, &metrics.response_size),
            active,
            rpc_duration: floats(meter, &metrics.rpc_duration),
        }
    }

    /// Changes the number of active requests.
    pub(crate) fn add_active(&self, number: i64, of: AttributeSet) {
        if let Some(active) = &self.active {
            active.add(number, &attributes(of));
        }
    }

    pub(crate) fn record_duration(&self, is_grpc: bool, seconds: f64, of: AttributeSet) {
        let duration = if is_grpc { &self.rpc_duration } else { &self.duration };
        duration.record(seconds, &attributes(of));
    }

    pub(crate) fn record_request_size(&self, bytes: u64, of: AttributeSet) {
        self.request_size.record(bytes, &attributes(of));
    }

    pub(crate) fn record_response_size(&self, bytes: u64, of: AttributeSet) {
        self.response_size.record(bytes, &attributes(of));
    }
}

fn scope_of(instrument: &'static Instrument) -> InstrumentationScope {
    let site = instrument.site();
    let scope = InstrumentationScope::builder(site.scope).with_version(site.version);
    scope.with_schema_url(instrument.schema_url().unwrap_or_default()).build()
}

fn attributes(set: AttributeSet) -> Vec<KeyValue> {
    set.attributes().iter().map(|(key, value)| KeyValue::new(*key, value)).collect()
}

fn floats(meter: &Meter, of: &'static Instrument) -> Histogram<f64> {
    let histogram = meter.f64_histogram(of.name()).with_unit(of.unit());
    let histogram = histogram.with_description(of.description());
    histogram.with_boundaries(of.boundaries().to_vec()).build()
}

fn integers(meter: &Meter, of: &'static Instrument) -> Histogram<u64> {
    let histogram = meter.u64_histogram(of.name()).with_unit(of.unit());
    let histogram = histogram.with_description(of.description());
    histogram.with_boundaries(of.boundaries().to_vec()).build()
}
