//! Measures requests by instruments of OpenTelemetry's global meter provider, in programs whose
//! pipeline has no metrics.
//!
//! The provider is the one that is global when a request begins, so that a layer may be created before
//! the provider is, and outlive it.

use crate::conventions::Side;
use crate::metrics::Metric;
use crate::runtime::Instrument;
use crate::runtime::runtime::amount::{Amount, Arithmetic as _};
use crate::runtime::runtime::instruments::AttributeSet;
use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider, UpDownCounter};
use std::sync::Arc;
use trace_runtime::metrics::GlobalInstruments;

/// The instruments of one side, by the numbers of their metrics.
#[derive(Debug)]
pub(crate) struct Instruments([Option<Foreign>; Metric::ALL.len()]);

/// An instrument of the provider.
#[derive(Debug)]
enum Foreign {
    Floats(Histogram<f64>),
    Integers(Histogram<u64>),
    Sum(UpDownCounter<i64>),
}

static SERVER: GlobalInstruments<Instruments> = GlobalInstruments::new();
static CLIENT: GlobalInstruments<Instruments> = GlobalInstruments::new();

impl Instruments {
    /// Returns the instruments of the current global meter provider.
    pub(crate) fn current(side: Side) -> Arc<Self> {
        let instruments = match side {
            Side::Server => &SERVER,
            Side::Client => &CLIENT,
        };
        instruments.get(|provider| Self::new(provider, side))
    }

    fn new(provider: &dyn MeterProvider, side: Side) -> Self {
        let make = |metric: Metric| {
            let instrument = metric.of(side)?;
            let meter = provider.meter_with_scope(scope_of(instrument));
            Some(Foreign::new(&meter, metric, instrument))
        };
        Self(Metric::ALL.map(make))
    }

    /// Records a value, unless this side has no such metric.
    pub(crate) fn record(&self, metric: Metric, amount: Amount, of: AttributeSet) {
        match &self.0[metric as usize] {
            Some(Foreign::Floats(histogram)) => histogram.record(amount.to_f64(), of.key_values()),
            Some(Foreign::Integers(histogram)) => {
                histogram.record(amount.to_u64(), of.key_values());
            }
            Some(Foreign::Sum(counter)) => counter.add(amount.to_i64(), of.key_values()),
            None => {}
        }
    }
}

impl Foreign {
    fn new(meter: &Meter, metric: Metric, of: &'static Instrument) -> Self {
        let (name, unit, description) = (of.name(), of.unit(), of.description());
        match metric {
            Metric::Duration | Metric::RpcDuration => {
                let histogram = meter.f64_histogram(name).with_unit(unit);
                let histogram = histogram.with_description(description);
                Self::Floats(histogram.with_boundaries(of.boundaries().to_vec()).build())
            }
            Metric::RequestSize | Metric::ResponseSize => {
                let histogram = meter.u64_histogram(name).with_unit(unit);
                let histogram = histogram.with_description(description);
                Self::Integers(histogram.with_boundaries(of.boundaries().to_vec()).build())
            }
            Metric::Active => {
                let counter = meter.i64_up_down_counter(name).with_unit(unit);
                Self::Sum(counter.with_description(description).build())
            }
        }
    }
}

fn scope_of(instrument: &'static Instrument) -> InstrumentationScope {
    let site = instrument.site();
    let scope = InstrumentationScope::builder(site.scope).with_version(site.version);
    scope.with_schema_url(instrument.schema_url().unwrap_or_default()).build()
}
