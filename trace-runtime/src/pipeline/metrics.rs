//! Merges the configuration of metrics by the program with that by the environment.

#[cfg(feature = "config-file")]
use super::chosen::ChosenReader;
use crate::caught::caught;
use crate::collector::{SHARED, SeriesLimits, SharedProvider};
use crate::config::Component;
use crate::config::{MetricSettings, ReaderSettings, View};
use crate::error::InitError;
#[cfg(feature = "prometheus")]
use crate::export::prometheus;
use crate::export::reader::{PushWatch, Source, Sweep, push};
use crate::export::table::exporter;
#[cfg(feature = "config-file")]
use crate::metrics::FilteredProvider;
use crate::metrics::Link;
#[cfg(feature = "prometheus")]
use crate::metrics::{Prometheus, PrometheusSettings};
use crate::recorder::linked::{Entry, entries};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, MeterProviderBuilder, SdkMeterProvider, Stream,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The default limit on the series of an instrument.
const SERIES: usize = 2_000;
/// The limit on the series of an instrument that many functions share. The SDK allocates all of them when it
/// creates the instrument.
const SHARED_SERIES: usize = 1 << 16;
/// The time that the collector has to read all records. It takes milliseconds; a reader whose wait ends
/// sees slightly older data.
const SWEEP: Duration = Duration::from_millis(500);
/// Results of calls, each of which has its own overflow series.
const RESULTS: usize = 3;

/// Readers and views that are not yet part of a provider.
#[derive(Default)]
pub(super) struct MetricConfig {
    provider: MeterProviderBuilder,
    views: Vec<View>,
    has_readers: bool,
    /// The destinations of metrics, for the line at start-up.
    destinations: Vec<String>,
    /// The names of the exporters.
    exporters: Vec<String>,
    is_off: bool,
    is_own_off: bool,
    series: Option<usize>,
    /// The readers of the program whose exporters get metrics at an interval.
    own: Vec<ReaderSettings>,
    #[cfg(feature = "prometheus")]
    prometheus: Option<PrometheusSettings>,
    link: Link,
    pushed: Vec<PushWatch>,
    /// The readers that the configuration has chosen.
    #[cfg(feature = "config-file")]
    chosen: Vec<ChosenReader>,
}

/// The metrics that this configuration creates.
pub(super) struct MadeMetrics {
    pub(super) provider: SdkMeterProvider,
    /// The meters of the provider, behind filters of attributes if there are any.
    pub(super) meters: SharedProvider,
    /// Connected when the pipeline runs.
    pub(super) link: Link,
    /// The destinations of metrics, for the line at start-up.
    pub(super) destinations: Vec<String>,
    pub(super) pushed: Vec<PushWatch>,
    /// The names of the exporters.
    pub(super) exporters: Vec<String>,
    /// The readers that the configuration has chosen.
    #[cfg(feature = "config-file")]
    pub(super) chosen: Vec<ChosenReader>,
    /// Whether any reader is the program's.
    #[cfg(feature = "config-file")]
    pub(super) has_own_readers: bool,
    /// Whether the process and telemetry itself are measured too.
    pub(super) own: bool,
    #[cfg(feature = "prometheus")]
    pub(super) prometheus: Option<Prometheus>,
}

impl MetricConfig {
    /// Adds a reader of the program.
    pub(super) fn add_reader(&mut self, reader: impl MetricReader) {
        self.read_by(reader, "a reader of the program".to_owned());
    }

    fn read_by(&mut self, reader: impl MetricReader, destination: String) {
        self.destinations.push(destination);
        self.provider = std::mem::take(&mut self.provider).with_reader(reader);
        self.has_readers = true;
    }

    pub(super) fn add_view(
        &mut self,
        view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static,
    ) {
        // A panic within the SDK would poison its locks.
        self.views.push(Arc::new(move |instrument| caught(|| view(instrument)).ok().flatten()));
    }

    /// Adds an exporter of the program, which gets metrics at an interval.
    pub(super) fn add_exporter(&mut self, settings: ReaderSettings) {
        self.own.push(settings);
    }

    #[cfg(feature = "prometheus")]
    pub(super) fn show(&mut self, prometheus: PrometheusSettings) {
        self.prometheus = Some(prometheus);
    }

    pub(super) fn limit_series(&mut self, series: usize) {
        self.series = Some(series.clamp(1, 1 << 20));
    }

    /// Returns the limits on series, of each function and of all.
    pub(super) fn series_limits(&self, settings: &MetricSettings) -> SeriesLimits {
        let each = self.series.or(settings.series.default).unwrap_or(SERIES);
        let all = each.saturating_mul(functions());
        SeriesLimits { each, shared: all.min(SHARED_SERIES.max(each)) }
    }

    pub(super) fn turn_off(&mut self) {
        self.is_off = true;
    }

    pub(super) fn turn_own_off(&mut self) {
        self.is_own_off = true;
    }

    /// Creates the provider and its readers; `None` without a reader. `by_otlp`: spans use OTLP because
    /// the program named no exporter.
    pub(super) fn make(
        mut self,
        settings: &MetricSettings,
        by_otlp: bool,
        resource: &Resource,
    ) -> Result<Option<MadeMetrics>, InitError> {
        if self.is_off {
            return Ok(None);
        }
        #[cfg(feature = "config-file")]
        let has_own_readers = self.has_own();
        for reader in self.chosen(settings, by_otlp) {
            let push = self.read_as(&reader)?;
            #[cfg(feature = "config-file")]
            self.chosen.push(ChosenReader::new(reader, push));
            #[cfg(not(feature = "config-file"))]
            drop(push);
        }
        for reader in std::mem::take(&mut self.own) {
            self.read_as(&reader)?;
        }
        #[cfg(feature = "prometheus")]
        let prometheus = match self.prometheus.take() {
            Some(settings) => {
                let (reader, prometheus) = prometheus::start(&settings, self.sweep())?;
                let destination = match prometheus.local_addr() {
                    Some(address) => format!("Prometheus http://{address}/metrics"),
                    None => "Prometheus page of the program".to_owned(),
                };
                self.read_by(reader, destination);
                self.exporters.push("prometheus".to_owned());
                Some(prometheus)
            }
            None => None,
        };
        if !self.has_readers {
            return Ok(None);
        }
        let limits = self.series_limits(settings);
        // The program's limit counts for all kinds.
        let by_kind = match self.series {
            Some(_) => Vec::new(),
            None => settings.series.by_kind.clone(),
        };
        let mut views = self.views;
        views.extend(settings.views.0.iter().cloned());
        let mut provider = self.provider.with_resource(resource.clone());
        for view in views.clone() {
            provider = provider.with_view(move |instrument| view(instrument));
        }
        let defaults = defaults_unless(views, settings.exponential, limits, by_kind);
        provider = provider.with_view(defaults);
        let provider = provider.build();
        Ok(Some(MadeMetrics {
            meters: filtered(&provider, settings),
            provider,
            link: self.link,
            destinations: self.destinations,
            pushed: self.pushed,
            exporters: self.exporters,
            #[cfg(feature = "config-file")]
            chosen: self.chosen,
            #[cfg(feature = "config-file")]
            has_own_readers,
            own: !self.is_own_off && !settings.is_own_off,
            #[cfg(feature = "prometheus")]
            prometheus,
        }))
    }

    /// Removes the readers that the program has set, and its page.
    pub(super) fn clear_readers(&mut self) {
        self.provider = MeterProviderBuilder::default();
        self.has_readers = false;
        self.destinations.clear();
        self.own.clear();
        #[cfg(feature = "prometheus")]
        {
            self.prometheus = None;
        }
    }

    /// Returns whether anything would read metrics.
    pub(super) fn is_wanted(&self, settings: &MetricSettings, by_otlp: bool) -> bool {
        !self.is_off && (self.has_own() || !self.chosen(settings, by_otlp).is_empty())
    }

    /// Returns whether the program reads metrics, be it by its own page.
    fn has_own(&self) -> bool {
        #[cfg(feature = "prometheus")]
        let is_shown = self.prometheus.is_some();
        #[cfg(not(feature = "prometheus"))]
        let is_shown = false;
        is_shown || self.has_readers || !self.own.is_empty()
    }

    /// Returns the page of a program that enables it and measures nothing.
    #[cfg(feature = "prometheus")]
    pub(super) fn empty_page(&self, settings: &MetricSettings) -> Option<Prometheus> {
        let chosen = self.chosen(settings, false);
        let is_chosen = chosen.iter().any(|reader| reader.exporter == exporter("prometheus"));
        let is_wanted = self.prometheus.is_some() || is_chosen;
        is_wanted.then(Prometheus::empty)
    }

    /// Returns the exporters if the program names none: those of the environment; else OTLP when
    /// an endpoint is named, or when spans use it. A page that the program serves itself does not
    /// count as an exporter.
    fn chosen(&self, settings: &MetricSettings, by_otlp: bool) -> Vec<ReaderSettings> {
        if self.has_own_readers() {
            return Vec::new();
        }
        if let Some(readers) = &settings.readers {
            return readers.clone();
        }
        if by_otlp || settings.otlp.otlp.endpoint.is_some() {
            return vec![ReaderSettings::pushing(exporter("otlp"), settings.otlp.clone())];
        }
        Vec::new()
    }

    /// Returns whether the program has named exporters.
    fn has_own_readers(&self) -> bool {
        #[cfg(feature = "prometheus")]
        let is_shown = self.prometheus.as_ref().is_some_and(|page| page.endpoint);
        #[cfg(not(feature = "prometheus"))]
        let is_shown = false;
        self.has_readers || is_shown || !self.own.is_empty()
    }

    /// Returns whether the readers are those of the configuration.
    #[cfg(feature = "config-file")]
    pub(super) fn are_configured(&self) -> bool {
        !self.is_off && !self.has_own_readers()
    }

    /// Adds a reader; returns the exporter behind it, if metrics are pushed to it.
    fn read_as(&mut self, reader: &ReaderSettings) -> Result<Option<PushWatch>, InitError> {
        let settings = &reader.push;
        let Some(exporter) = reader.exporter.metrics(&reader.exporter_settings())? else {
            self.fetched_by(reader)?;
            return Ok(None);
        };
        let temporality = exporter.temporality().unwrap_or(settings.temporality);
        let source = Source::new(temporality, self.sweep());
        let destination = exporter.destination();
        self.exporters.push(exporter.name().into_owned());
        let reader = push::start(source, exporter, settings.interval).map_err(InitError::Thread)?;
        let watch = reader.watch();
        self.pushed.push(watch.clone());
        self.read_by(reader, destination);
        Ok(Some(watch))
    }

    /// Adds a reader that fetches metrics when it chooses.
    fn fetched_by(&mut self, reader: &ReaderSettings) -> Result<(), InitError> {
        match &reader.exporter {
            Component::Named(_) => {
                #[cfg(feature = "prometheus")]
                self.prometheus.get_or_insert(reader.prometheus.clone());
            }
            #[cfg(feature = "config-file")]
            Component::Plugin(plugin) => {
                self.read_by(plugin.reader()?, plugin.name().to_owned());
            }
        }
        Ok(())
    }

    fn sweep(&self) -> Sweep {
        let link = self.link.clone();
        Arc::new(move || {
            if let Some(running) = link.running() {
                running.sweep(Instant::now() + SWEEP);
            }
        })
    }
}

/// Returns the meters of a provider, behind filters if views have any.
fn filtered(provider: &SdkMeterProvider, settings: &MetricSettings) -> SharedProvider {
    #[cfg(feature = "config-file")]
    if !settings.filters.is_empty() {
        return Arc::new(FilteredProvider::new(provider.clone(), settings.filters.clone()));
    }
    #[cfg(not(feature = "config-file"))]
    let _ = settings;
    Arc::new(provider.clone())
}

/// Returns a view of the instruments that no other view matches: each matching view creates its own stream.
/// It limits series, and makes histograms exponential.
fn defaults_unless(
    others: Vec<View>,
    exponential: bool,
    limits: SeriesLimits,
    by_kind: Vec<(InstrumentKind, usize)>,
) -> impl Fn(&Instrument) -> Option<Stream> {
    // The series of functions, and their overflow series.
    let shared = limits.shared + RESULTS * functions();
    move |instrument| {
        if others.iter().any(|view| view(instrument).is_some()) {
            return None;
        }
        let of_kind = by_kind.iter().find(|(kind, _)| *kind == instrument.kind());
        let limit = match of_kind {
            _ if SHARED.contains(&instrument.name()) => shared,
            Some((_, limit)) => *limit,
            None => limits.each,
        };
        let mut stream = Stream::builder().with_cardinality_limit(limit);
        if exponential && instrument.kind() == InstrumentKind::Histogram {
            // The defaults of the specification.
            stream = stream.with_aggregation(Aggregation::Base2ExponentialHistogram {
                max_size: 160,
                max_scale: 20,
                record_min_max: true,
            });
        }
        stream.build().ok()
    }
}

/// Returns the number of functions that share the common metrics; at least one.
fn functions() -> usize {
    let shares = |entry: &&Entry| matches!(entry, Entry::Meter(meter) if meter.name().is_none());
    entries().iter().filter(shares).count().max(1)
}
