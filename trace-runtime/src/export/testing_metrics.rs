//! Collects metrics of all kinds for unit tests.

use opentelemetry::metrics::MeterProvider;
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream,
    Temporality,
};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A reader that the provider and the test share.
#[derive(Clone, Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, time: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(time)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// Collects the measurements of `measure` with this temporality.
pub(crate) fn collected(
    temporality: Temporality,
    measure: impl Fn(&SdkMeterProvider),
) -> ResourceMetrics {
    let reader = Shared(Arc::new(ManualReader::builder().with_temporality(temporality).build()));
    let exponential = |instrument: &Instrument| {
        let aggregation = Aggregation::Base2ExponentialHistogram {
            max_size: 160,
            max_scale: 20,
            record_min_max: true,
        };
        let is_exponential = instrument.name().starts_with("exponential");
        is_exponential.then(|| Stream::builder().with_aggregation(aggregation).build())?.ok()
    };
    let resource = Resource::builder_empty()
        .with_schema_url([KeyValue::new("service.name", "shop")], "https://a/schema")
        .build();
    let provider = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_reader(reader.clone())
        .with_view(exponential)
        .build();
    measure(&provider);
    let mut metrics = ResourceMetrics::default();
    reader.collect(&mut metrics).unwrap();
    metrics
}

/// Measures points of all kinds, 12 of which have values that are exported.
pub(crate) fn everything(provider: &SdkMeterProvider) {
    let scope = InstrumentationScope::builder("shop")
        .with_version("1.2")
        .with_schema_url("https://a/scope")
        .with_attributes([KeyValue::new("team", "a")])
        .build();
    let meter = provider.meter_with_scope(scope);
    let list = Value::Array(Array::String(vec![StringValue::from("a"), StringValue::from("ü")]));
    let all = [
        KeyValue::new("text", "ü"),
        KeyValue::new("whole", -1),
        KeyValue::new("real", 0.5),
        KeyValue::new("flag", true),
        KeyValue::new("list", list),
        KeyValue::new("", ""),
    ];
    let counter = meter.u64_counter("orders").with_unit("{order}").with_description("How many");
    let counter = counter.build();
    counter.add(3, &all);
    counter.add(i64::MAX as u64, &[]);
    meter.f64_up_down_counter("stock").build().add(-1.5, &all);
    meter.i64_gauge("depth").build().record(i64::MIN, &[]);
    meter.f64_gauge("load").build().record(f64::NEG_INFINITY, &[]);
    for name in ["histogram", "exponential", "exponential.negative"] {
        let histogram = meter.f64_histogram(name).build();
        histogram.record(0.0, &all);
        (0..400).for_each(|value| histogram.record(f64::from(value) * 1.7, &[]));
        if name.ends_with("negative") {
            (0..40).for_each(|value| histogram.record(f64::from(value) * -0.3, &[]));
        }
    }
    meter.u64_histogram("sizes").with_boundaries(vec![]).build().record(7, &[]);
    provider.meter("other").u64_counter("few").build().add(1, &[]);
}
