//! Configures metrics.

use super::TelemetryBuilder;
use crate::config::ReaderSettings;
use crate::export::table::exporter;
#[cfg(feature = "json")]
use crate::metrics::JsonMetricSettings;
use crate::metrics::OtlpMetricSettings;
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusSettings;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{Instrument, Stream};

impl TelemetryBuilder {
    /// Adds a reader of metrics, such as a `PeriodicReader` of `opentelemetry_sdk` with any of its
    /// exporters. It replaces those that the environment names.
    ///
    /// The meter provider that it reads becomes OpenTelemetry's global one: it also reads what other code
    /// measures through the API.
    pub fn with_metric_reader(mut self, reader: impl MetricReader) -> Self {
        self.metrics.add_reader(reader);
        self
    }

    /// Sends metrics over OTLP with these settings.
    pub fn with_otlp_metrics(mut self, settings: OtlpMetricSettings) -> Self {
        self.metrics.add_exporter(ReaderSettings::pushing(exporter("otlp"), settings));
        self
    }

    /// Writes metrics as JSON lines: in the format of OTLP files, as OpenTelemetry Collectors read them
    /// (`otlpjsonfile`).
    ///
    /// A file that cannot be opened is an [`InitError`](crate::InitError) of [`install`](Self::install).
    ///
    /// ```
    /// use trace_runtime::metrics::JsonMetricSettings;
    ///
    /// let settings = JsonMetricSettings::default().with_file("/var/log/metrics.jsonl");
    /// let builder = trace_runtime::Telemetry::builder().with_json_metrics(settings);
    /// # drop(builder);
    /// ```
    #[cfg(feature = "json")]
    pub fn with_json_metrics(mut self, settings: JsonMetricSettings) -> Self {
        let JsonMetricSettings { file, interval, temporality } = settings;
        let push =
            OtlpMetricSettings::default().with_interval(interval).with_temporality(temporality);
        let reader = ReaderSettings::pushing(exporter("json"), push);
        self.metrics.add_exporter(ReaderSettings { file, ..reader });
        self
    }

    /// Exposes metrics to Prometheus.
    ///
    /// An endpoint replaces the exporters that the environment names; a page
    /// ([`PrometheusSettings::without_endpoint`]) is added to them.
    #[cfg(feature = "prometheus")]
    pub fn with_prometheus(mut self, settings: PrometheusSettings) -> Self {
        self.metrics.show(settings);
        self
    }

    /// Changes how instruments are aggregated, named or cut, as
    /// [`MeterProviderBuilder::with_view`](opentelemetry_sdk::metrics::MeterProviderBuilder::with_view)
    /// does.
    pub fn with_metric_view(
        mut self,
        view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static,
    ) -> Self {
        self.metrics.add_view(view);
        self
    }

    /// Copies baggage of these keys onto the measurements of functions (`#[metered]`, `#[business_metric]`),
    /// as labels of the same names. No other baggage is recorded, because it comes from outside.
    ///
    /// Calls have the baggage with which they begin, and values that with which they are recorded. Baggage
    /// that a function itself adds with `#[trace(baggage(…))]` does not label its own calls. A key that
    /// is not in the baggage yields no label, a label of the function with the same key takes precedence, and
    /// sampling has no effect. Of each key, 100 values are distinguished
    /// ([`with_baggage_label_cap`](Self::with_baggage_label_cap)); later ones are `other`.
    ///
    /// Calls with such baggage take the slow path, whatever the number of labels: 52 ns instead of 19 for
    /// the measurement, 51 instead of 22 with a span. All other calls pay nothing.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_baggage_labels(["tenant"]);
    /// # drop(builder);
    /// ```
    pub fn with_baggage_labels(
        mut self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.baggage_labels.add(keys.into_iter().map(Into::into));
        self
    }

    /// Sets how many values of each key of [`with_baggage_labels`](Self::with_baggage_labels) are
    /// distinguished; 100 by default. Each is kept for the life of the program, and multiplies the
    /// series of every metric.
    pub fn with_baggage_label_cap(mut self, values: usize) -> Self {
        self.baggage_labels.set_cap(values);
        self
    }

    /// Sets the maximum number of series of each function and each instrument; 2,000 by default, as in the
    /// [specification](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits).
    ///
    /// Measurements beyond the limit go to one additional series, `otel.metric.overflow=true`, so that totals
    /// are exact; their number is in the [report](crate::Telemetry::report). `function.calls`, its
    /// durations and the calls in flight are one instrument for all functions of a crate. There the limit
    /// applies to each function, whose overflow keeps function, module, `result` and objective, and all of
    /// them together have at most 65,536 series (or `series`, if that is more). Instruments that the program
    /// creates through OpenTelemetry's API have the limit too, unless a view sets another one.
    ///
    /// A series takes about 2 KiB, that of a counter a quarter of it.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_series_limit(500);
    /// # drop(builder);
    /// ```
    pub fn with_series_limit(mut self, series: usize) -> Self {
        self.metrics.limit_series(series);
        self
    }

    /// Measures nothing, regardless of the environment and of other methods.
    pub fn without_metrics(mut self) -> Self {
        self.metrics.turn_off();
        self
    }

    /// Disables measurements of the process (`process.*`), of a tokio runtime (`tokio.*`) and of telemetry
    /// itself (`otel.sdk.*`, `trace_runtime.*`).
    pub fn without_own_metrics(mut self) -> Self {
        self.metrics.turn_own_off();
        self
    }
}
