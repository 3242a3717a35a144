//! Configures metrics.

use super::TelemetryBuilder;
use crate::metrics::OtlpMetricSettings;
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusSettings;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{Instrument, Stream};

impl TelemetryBuilder {
    /// Adds a reader of metrics, such as a `PeriodicReader` of `opentelemetry_sdk` with any of its
    /// exporters, which then takes the place of those that the environment names.
    ///
    /// The meter provider that it reads becomes OpenTelemetry's global one: what other code measures
    /// through the API comes out of it too.
    pub fn with_metric_reader(mut self, reader: impl MetricReader) -> Self {
        self.metrics.add_reader(reader);
        self
    }

    /// Sends metrics over OTLP with these settings.
    pub fn with_otlp_metrics(mut self, settings: OtlpMetricSettings) -> Self {
        self.metrics.add_otlp(settings);
        self
    }

    /// Shows metrics to Prometheus.
    ///
    /// An endpoint takes the place of the exporters that the environment names; a page
    /// ([`PrometheusSettings::without_endpoint`]) is there beside them.
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

    /// Copies baggage of these keys onto what functions measure (`#[metered]`, `#[business_metric]`),
    /// as labels of the same names. No other baggage is recorded, because it comes from outside.
    ///
    /// Calls have the baggage with which they begin, and values that with which they are recorded; of
    /// what a function itself adds with `#[trace(baggage(…))]`, its own calls know nothing. What is
    /// not in the baggage is no label, a label of the function with the same key stays as it is, and
    /// sampling has no say. Of each key, 100 values are told apart
    /// ([`with_baggage_label_cap`](Self::with_baggage_label_cap)); those that come later are `other`.
    ///
    /// Calls with such baggage take the long way, be it for one label or two: 52 ns instead of 19 for
    /// being measured, 51 instead of 22 with a span. All others pay nothing.
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
    /// told apart; 100 by default. Each is kept for the life of the program, and multiplies the
    /// series of every metric.
    pub fn with_baggage_label_cap(mut self, values: usize) -> Self {
        self.baggage_labels.set_cap(values);
        self
    }

    /// Sets how many series each function and each instrument has; 2,000 by default, as in the
    /// [specification](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits).
    ///
    /// Whatever comes beyond goes to one series more, `otel.metric.overflow=true`, so that totals are
    /// exact; how much that was is in the [report](crate::Telemetry::report). `function.calls`, its
    /// durations and the calls in flight are one instrument for all functions of a crate: there the limit
    /// is each function's, whose overflow keeps function, module, `result` and objective, and 65,536
    /// series (or `series`, if that is more) the most that all of them have. Instruments that the program makes
    /// through OpenTelemetry's API have the limit too, unless a view sets another one.
    ///
    /// A series takes some 2 KiB, that of a counter a quarter of it.
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

    /// Measures only what the program asks for, and neither the process (`process.*`), nor a tokio
    /// runtime (`tokio.*`), nor telemetry itself (`otel.sdk.*`, `trace_runtime.*`).
    pub fn without_own_metrics(mut self) -> Self {
        self.metrics.turn_own_off();
        self
    }
}
