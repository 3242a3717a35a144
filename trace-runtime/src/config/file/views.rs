//! Maps views.

use super::mapper::{Mapper, number};
use crate::config::metric_settings::View;
use crate::metrics::{AttributeFilter, Described, Keeps};
use crate::sampling::Glob;
use opentelemetry::Key;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, InstrumentKind, Stream};
use std::sync::Arc;
use trace_config::model::meter::{MeterConfigurator, MeterProvider};
use trace_config::model::view::{
    Aggregation as AggregationSection, InstrumentType, View as Section, ViewSelector, ViewStream,
};

/// The boundaries of the specification.
const BOUNDARIES: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0, 2_500.0, 5_000.0,
    7_500.0, 10_000.0,
];

/// Returns the views of a provider, and filters for the attributes that the SDK's views cannot select. Instruments of
/// meters that are turned off match a view that drops them, and no other.
pub(super) fn views(
    mapper: &Mapper<'_>,
    provider: &MeterProvider,
) -> (Vec<View>, Arc<[AttributeFilter]>) {
    let sections = provider.views.as_deref().unwrap_or_default();
    let views = sections.iter().filter_map(|section| view(mapper, section));
    let (views, filters): (Vec<View>, Vec<AttributeFilter>) = views.unzip();
    // A view of the SDK keeps the attributes that it lists.
    let are_listed = |section: &Section| Attributes::of(&section.stream).are_listed();
    let filters = if sections.iter().all(are_listed) { Vec::new() } else { filters };
    (of_enabled_meters(views, provider), filters.into())
}

fn of_enabled_meters(views: Vec<View>, provider: &MeterProvider) -> Vec<View> {
    let Some(meters) = provider.meter_configurator.as_ref().map(Meters::new) else {
        return views;
    };
    let meters = Arc::new(meters);
    let of_enabled =
        |view: View| -> View {
            let meters = meters.clone();
            Arc::new(move |instrument| {
                if meters.is_enabled(instrument.scope().name()) { view(instrument) } else { None }
            })
        };
    let mut views: Vec<View> = views.into_iter().map(of_enabled).collect();
    views.push(Arc::new(move |instrument| {
        let is_enabled = meters.is_enabled(instrument.scope().name());
        let drop = || Stream::builder().with_aggregation(Aggregation::Drop).build().ok();
        if is_enabled { None } else { drop() }
    }));
    views
}

/// The meters that are on.
struct Meters {
    is_default_enabled: bool,
    /// The first that matches decides.
    named: Vec<(Glob, bool)>,
}

impl Meters {
    fn new(section: &MeterConfigurator) -> Self {
        let default = section.default_config.as_ref().and_then(|config| config.enabled);
        let named = section.meters.iter().flatten();
        let named = named.map(|it| (Glob::new(&it.name), it.config.enabled.unwrap_or(true)));
        Self { is_default_enabled: default.unwrap_or(true), named: named.collect() }
    }

    fn is_enabled(&self, name: &str) -> bool {
        let named = self.named.iter().find(|(pattern, _)| pattern.matches(name));
        named.map_or(self.is_default_enabled, |(_, is_enabled)| *is_enabled)
    }
}

fn view(mapper: &Mapper<'_>, section: &Section) -> Option<(View, AttributeFilter)> {
    let selector = Arc::new(Selector::new(&section.selector));
    let attributes = Attributes::of(&section.stream);
    let parts = parts(&section.stream, attributes.listed());
    if let Err(error) = parts.stream() {
        mapper.refused(section.stream.at, None, error.to_string());
        return None;
    }
    let filter = AttributeFilter {
        selects: Box::new({
            let selector = selector.clone();
            move |instrument| selector.matches(instrument)
        }),
        keeps: attributes.into_keeps(),
    };
    let view = move |instrument: &Instrument| {
        let described = Described {
            name: instrument.name(),
            kind: instrument.kind(),
            unit: instrument.unit(),
            scope: instrument.scope(),
        };
        if selector.matches(&described) { parts.stream().ok() } else { None }
    };
    Some((Arc::new(view), filter))
}

/// The attributes that a view keeps: those that are included, by default all, without those that are excluded.
struct Attributes<'a> {
    included: Option<&'a [String]>,
    excluded: &'a [String],
}

impl<'a> Attributes<'a> {
    fn of(section: &'a ViewStream) -> Self {
        let keys = section.attribute_keys.as_ref();
        Self {
            included: keys.and_then(|keys| keys.included.as_deref()),
            excluded: keys.and_then(|keys| keys.excluded.as_deref()).unwrap_or_default(),
        }
    }

    /// Returns whether a list of keys selects them, or all are kept.
    fn are_listed(&self) -> bool {
        match self.included {
            Some(included) => !included.iter().any(|key| key.contains(['*', '?'])),
            None => self.excluded.is_empty(),
        }
    }

    /// Returns the keys, if a list selects them.
    fn listed(&self) -> Option<Vec<Key>> {
        let included = self.included.filter(|_| self.are_listed())?;
        let excluded: Vec<Glob> = self.excluded.iter().map(|pattern| Glob::new(pattern)).collect();
        let kept = included.iter().filter(|key| !excluded.iter().any(|it| it.matches(key)));
        Some(kept.cloned().map(Key::from).collect())
    }

    /// Returns whether an attribute is kept, by its key; `None` if all are.
    fn into_keeps(self) -> Option<Arc<Keeps>> {
        let globs = |patterns: &[String]| -> Vec<Glob> {
            patterns.iter().map(|pattern| Glob::new(pattern)).collect()
        };
        let (included, excluded) = (self.included.map(globs), globs(self.excluded));
        if included.is_none() && excluded.is_empty() {
            return None;
        }
        Some(Arc::new(move |key| {
            let is_one_of = |patterns: &[Glob]| patterns.iter().any(|it| it.matches(key));
            included.as_deref().is_none_or(is_one_of) && !is_one_of(&excluded)
        }))
    }
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

    fn matches(&self, instrument: &Described<'_>) -> bool {
        let scope = instrument.scope;
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        self.name.as_ref().is_none_or(|name| name.matches(instrument.name))
            && self.kind.is_none_or(|kind| kind == instrument.kind)
            && is(&self.unit, Some(instrument.unit))
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

fn parts(section: &ViewStream, keys: Option<Vec<Key>>) -> Parts {
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
