//! Maps the meter provider.

use super::exporters::{self, Named, timeout};
use super::mapper::{Mapper, number};
use super::views;
use crate::config::metric_settings::{MetricSettings, ReaderSettings, SeriesSettings, Views};
use crate::export::OtlpSettings;
use crate::export::table::exporter;
use crate::metrics::OtlpMetricSettings;
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusSettings;
use crate::plugin::Kind;
use opentelemetry_sdk::metrics::{InstrumentKind, Temporality};
use std::time::Duration;
use trace_config::model::Place;
use trace_config::model::meter::{
    CardinalityLimits, DefaultHistogramAggregation, ExemplarFilter, MeterProvider, MetricProducer,
    MetricReader, PeriodicMetricReader, PrometheusMetricExporter, PrometheusTranslationStrategy,
    PullMetricExporter, PullMetricReader, PushMetricExporter, TemporalityPreference,
};

/// The interval that the schema sets.
const INTERVAL: Duration = Duration::from_secs(60);

pub(super) fn settings(mapper: &Mapper<'_>, section: Option<&MeterProvider>) -> MetricSettings {
    let mut settings = MetricSettings { readers: Some(Vec::new()), ..MetricSettings::default() };
    let Some(section) = section else { return settings };
    let mut all = AllReaders::default();
    let readers = section.readers.iter().filter_map(|reader| match reader {
        MetricReader::Periodic(reader) => periodic(mapper, &mut all, reader),
        MetricReader::Pull(reader) => pull(mapper, &mut all, reader),
        _ => None,
    });
    settings.readers = Some(readers.collect());
    settings.exponential = all.exponential.unwrap_or_default();
    settings.series = all.limits.map(|limits| series(&limits)).unwrap_or_default();
    let (views, filters) = views::views(mapper, section);
    (settings.views, settings.filters) = (Views(views), filters);
    if section.exemplar_filter.is_some_and(|filter| filter != ExemplarFilter::AlwaysOff) {
        mapper.unsupported(section.at, Some("exemplar_filter"), "metrics have no exemplars");
    }
    settings
}

/// What applies to all readers, whichever of them sets it.
#[derive(Default)]
struct AllReaders {
    exponential: Option<bool>,
    limits: Option<CardinalityLimits>,
    is_scraped: bool,
}

impl AllReaders {
    fn aggregate(
        &mut self,
        mapper: &Mapper<'_>,
        at: Place,
        aggregation: Option<DefaultHistogramAggregation>,
    ) {
        let wanted =
            aggregation == Some(DefaultHistogramAggregation::Base2ExponentialBucketHistogram);
        if *self.exponential.get_or_insert(wanted) != wanted {
            let message = "all readers have the aggregation of the first";
            mapper.unsupported(at, Some("default_histogram_aggregation"), message);
        }
    }

    fn limit(&mut self, mapper: &Mapper<'_>, at: Place, limits: Option<&CardinalityLimits>) {
        let Some(limits) = limits else { return };
        if self.limits.get_or_insert_with(|| limits.clone()) != limits {
            let message = "all readers have the limits of the first that sets some";
            mapper.unsupported(at, Some("cardinality_limits"), message);
        }
    }
}

fn periodic(
    mapper: &Mapper<'_>,
    all: &mut AllReaders,
    section: &PeriodicMetricReader,
) -> Option<ReaderSettings> {
    all.limit(mapper, section.at, section.cardinality_limits.as_ref());
    produce(mapper, section.producers.as_deref());
    let is_split = !matches!(
        section.exporter,
        PushMetricExporter::Console(_) | PushMetricExporter::Extension(_)
    );
    if section.max_export_batch_size.is_some() && !is_split {
        let message = "this exporter gets all data points at once";
        mapper.unsupported(section.at, Some("max_export_batch_size/development"), message);
    }
    let (mut named, temporality): (Named, Option<TemporalityPreference>) = match &section.exporter {
        PushMetricExporter::OtlpHttp(section) => {
            all.aggregate(mapper, section.at, section.default_histogram_aggregation);
            let otlp: OtlpSettings = exporters::http!(mapper, &**section);
            (exporters::by_otlp(otlp), section.temporality_preference)
        }
        PushMetricExporter::OtlpGrpc(section) => {
            all.aggregate(mapper, section.at, section.default_histogram_aggregation);
            let otlp: OtlpSettings = exporters::grpc!(mapper, &**section);
            (exporters::by_otlp(otlp), section.temporality_preference)
        }
        PushMetricExporter::Console(section) => {
            all.aggregate(mapper, section.at, section.default_histogram_aggregation);
            (exporters::console(), section.temporality_preference)
        }
        PushMetricExporter::OtlpFile(section) => {
            all.aggregate(mapper, section.at, section.default_histogram_aggregation);
            let named = exporters::to_file(mapper, section.at, section.output_stream.as_deref())?;
            (named, section.temporality_preference)
        }
        PushMetricExporter::Extension(other) => {
            exporters::plugin(mapper, Kind::MetricExporter, other).map(|it| (it, None))?
        }
        _ => return None,
    };
    let limit = timeout(section.timeout.unwrap_or(30_000));
    named.1.otlp.timeout = named.1.otlp.timeout.min(limit);
    let mut push = OtlpMetricSettings::default()
        .with_otlp(named.1.otlp)
        .with_interval(section.interval.map_or(INTERVAL, Duration::from_millis))
        .with_temporality(match temporality {
            Some(TemporalityPreference::Delta) => Temporality::Delta,
            Some(TemporalityPreference::LowMemory) => Temporality::LowMemory,
            _ => Temporality::Cumulative,
        });
    push.max_export_batch_size = section.max_export_batch_size.map(number);
    Some(ReaderSettings { file: named.1.file, ..ReaderSettings::pushing(named.0, push) })
}

fn pull(
    mapper: &Mapper<'_>,
    all: &mut AllReaders,
    section: &PullMetricReader,
) -> Option<ReaderSettings> {
    all.limit(mapper, section.at, section.cardinality_limits.as_ref());
    produce(mapper, section.producers.as_deref());
    let prometheus = match &section.exporter {
        PullMetricExporter::Prometheus(prometheus) => prometheus,
        PullMetricExporter::Extension(other) => {
            let (plugin, _) = exporters::plugin(mapper, Kind::MetricReader, other)?;
            return Some(ReaderSettings::pushing(plugin, OtlpMetricSettings::default()));
        }
        _ => return None,
    };
    if std::mem::replace(&mut all.is_scraped, true) {
        mapper.unsupported(prometheus.at, None, "there is one endpoint for Prometheus, the first");
        return None;
    }
    check_prometheus(mapper, prometheus);
    // Without the feature, an exporter of this name is refused.
    let reader = ReaderSettings::pushing(exporter("prometheus"), OtlpMetricSettings::default());
    #[cfg(feature = "prometheus")]
    let reader = {
        let mut settings = PrometheusSettings::default();
        if let Some(host) = &prometheus.host {
            settings = settings.with_host(host);
        }
        if let Some(port) = prometheus.port {
            settings = settings.with_port(port);
        }
        settings.scope_labels = prometheus.scope_info_enabled.unwrap_or(true);
        settings.suffixes = prometheus.translation_strategy.is_none_or(has_suffixes);
        ReaderSettings { prometheus: settings, ..reader }
    };
    Some(reader)
}

fn check_prometheus(mapper: &Mapper<'_>, section: &PrometheusMetricExporter) {
    if section.target_info_enabled == Some(false) {
        let message = "the resource is always shown as `target_info`";
        mapper.unsupported(section.at, Some("target_info_enabled/development"), message);
    }
    if section.resource_constant_labels.is_some() {
        let message = "attributes of the resource are labels of `target_info` only";
        mapper.unsupported(section.at, Some("resource_constant_labels"), message);
    }
    if section.translation_strategy.is_some_and(|strategy| !has_escaped_names(strategy)) {
        let message = "special characters in names are always escaped";
        mapper.unsupported(section.at, Some("translation_strategy"), message);
    }
}

fn has_escaped_names(strategy: PrometheusTranslationStrategy) -> bool {
    use PrometheusTranslationStrategy as Strategy;

    matches!(
        strategy,
        Strategy::UnderscoreEscapingWithSuffixes | Strategy::UnderscoreEscapingWithoutSuffixes
    )
}

#[cfg(feature = "prometheus")]
fn has_suffixes(strategy: PrometheusTranslationStrategy) -> bool {
    use PrometheusTranslationStrategy as Strategy;

    !matches!(strategy, Strategy::UnderscoreEscapingWithoutSuffixes | Strategy::NoTranslation)
}

fn produce(mapper: &Mapper<'_>, producers: Option<&[MetricProducer]>) {
    for producer in producers.into_iter().flatten() {
        let at = match producer {
            MetricProducer::OpenCensus(section) => section.at,
            MetricProducer::Extension(other) => other.at,
            _ => continue,
        };
        mapper.unsupported(at, None, "readers read the SDK's provider alone; it is left out");
    }
}

fn series(limits: &CardinalityLimits) -> SeriesSettings {
    let kinds = [
        (InstrumentKind::Counter, limits.counter),
        (InstrumentKind::Gauge, limits.gauge),
        (InstrumentKind::Histogram, limits.histogram),
        (InstrumentKind::ObservableCounter, limits.observable_counter),
        (InstrumentKind::ObservableGauge, limits.observable_gauge),
        (InstrumentKind::ObservableUpDownCounter, limits.observable_up_down_counter),
        (InstrumentKind::UpDownCounter, limits.up_down_counter),
    ];
    // The SDK allocates the series of an instrument when it is created.
    let bounded = |limit: u64| number::<usize>(limit).clamp(1, 1 << 20);
    SeriesSettings {
        default: limits.default.map(bounded),
        by_kind: kinds
            .into_iter()
            .filter_map(|(kind, limit)| Some((kind, bounded(limit?))))
            .collect(),
    }
}
