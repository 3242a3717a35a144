//! Maps views.

use super::mapper::{Mapper, number};
use crate::config::metric_settings::View;
use crate::sampling::Glob;
use opentelemetry::Key;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, InstrumentKind, Stream};
use std::sync::Arc;
use trace_config::model::view::{
    Aggregation as AggregationSection, InstrumentType, View as Section, ViewSelector, ViewStream,
};

/// The boundaries of the specification.
const BOUNDARIES: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0, 2_500.0, 5_000.0,
    7_500.0, 10_000.0,
];

pub(super) fn views(mapper: &Mapper<'_>, sections: &[Section]) -> Vec<View> {
    sections.iter().filter_map(|section| view(mapper, section)).collect()
}

fn view(mapper: &Mapper<'_>, section: &Section) -> Option<View> {
    let selector = Selector::new(&section.selector);
    let parts = parts(mapper, &section.stream);
    if let Err(error) = parts.stream() {
        mapper.refused(section.stream.at, None, error.to_string());
        return None;
    }
    Some(Arc::new(
        move |instrument| {
            if selector.matches(instrument) { parts.stream().ok() } else { None }
        },
    ))
}

/// Selects instruments by all that it names.
struct Selector {
    name: Option<Glob>,
    kind: Option<InstrumentKind>,
    unit: Option<String>,
    meter_name: Option<String>,
    meter_version: Option<String>,
    meter_schema_url: Option<String>,
}

impl Selector {
    fn new(section: &ViewSelector) -> Self {
        Self {
            name: section.instrument_name.as_deref().map(Glob::new),
            kind: section.instrument_type.map(kind),
            unit: section.unit.clone(),
            meter_name: section.meter_name.clone(),
            meter_version: section.meter_version.clone(),
            meter_schema_url: section.meter_schema_url.clone(),
        }
    }

    fn matches(&self, instrument: &Instrument) -> bool {
        let scope = instrument.scope();
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        self.name.as_ref().is_none_or(|name| name.matches(instrument.name()))
            && self.kind.is_none_or(|kind| kind == instrument.kind())
            && is(&self.unit, Some(instrument.unit()))
            && is(&self.meter_name, Some(scope.name()))
            && is(&self.meter_version, scope.version())
            && is(&self.meter_schema_url, scope.schema_url())
    }
}

/// The parts of a stream.
struct Parts {
    name: Option<String>,
    description: Option<String>,
    aggregation: Option<Aggregation>,
    limit: Option<usize>,
    keys: Option<Vec<Key>>,
}

fn parts(mapper: &Mapper<'_>, section: &ViewStream) -> Parts {
    let kept = section.attribute_keys.as_ref();
    let is_exact = |name: &String| !name.contains(['*', '?']);
    let keys = kept.and_then(|kept| {
        if kept.excluded.is_some() {
            let message = "attributes can be listed under `included` only; none is excluded";
            mapper.unsupported(kept.at, Some("excluded"), message);
        }
        let included = kept.included.as_ref()?;
        if !included.iter().all(is_exact) {
            let message = "attributes cannot be selected by patterns; all are kept";
            mapper.unsupported(kept.at, Some("included"), message);
            return None;
        }
        Some(included.iter().cloned().map(Key::from).collect())
    });
    Parts {
        name: section.name.clone(),
        description: section.description.clone(),
        aggregation: section.aggregation.as_ref().map(aggregation),
        limit: section.aggregation_cardinality_limit.map(number::<usize>),
        keys,
    }
}

impl Parts {
    fn stream(&self) -> Result<Stream, Box<dyn std::error::Error>> {
        let mut stream = Stream::builder();
        if let Some(name) = &self.name {
            stream = stream.with_name(name.clone());
        }
        if let Some(description) = &self.description {
            stream = stream.with_description(description.clone());
        }
        if let Some(aggregation) = &self.aggregation {
            stream = stream.with_aggregation(aggregation.clone());
        }
        if let Some(limit) = self.limit {
            stream = stream.with_cardinality_limit(limit.clamp(1, 1 << 20));
        }
        if let Some(keys) = &self.keys {
            stream = stream.with_allowed_attribute_keys(keys.clone());
        }
        stream.build()
    }
}

fn aggregation(section: &AggregationSection) -> Aggregation {
    match section {
        AggregationSection::Drop(_) => Aggregation::Drop,
        AggregationSection::LastValue(_) => Aggregation::LastValue,
        AggregationSection::Sum(_) => Aggregation::Sum,
        AggregationSection::ExplicitBucketHistogram(section) => {
            Aggregation::ExplicitBucketHistogram {
                boundaries: section.boundaries.clone().unwrap_or_else(|| BOUNDARIES.to_vec()),
                record_min_max: section.record_min_max.unwrap_or(true),
            }
        }
        AggregationSection::Base2ExponentialBucketHistogram(section) => {
            Aggregation::Base2ExponentialHistogram {
                max_size: section.max_size.map_or(160, number),
                max_scale: section
                    .max_scale
                    .and_then(|scale| i8::try_from(scale).ok())
                    .unwrap_or(20),
                record_min_max: section.record_min_max.unwrap_or(true),
            }
        }
        _ => Aggregation::Default,
    }
}

fn kind(section: InstrumentType) -> InstrumentKind {
    match section {
        InstrumentType::Gauge => InstrumentKind::Gauge,
        InstrumentType::Histogram => InstrumentKind::Histogram,
        InstrumentType::ObservableCounter => InstrumentKind::ObservableCounter,
        InstrumentType::ObservableGauge => InstrumentKind::ObservableGauge,
        InstrumentType::ObservableUpDownCounter => InstrumentKind::ObservableUpDownCounter,
        InstrumentType::UpDownCounter => InstrumentKind::UpDownCounter,
        _ => InstrumentKind::Counter,
    }
}
