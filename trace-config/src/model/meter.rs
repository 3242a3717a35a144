//! The meter provider: readers, exporters of metrics, cardinality, and which meters are enabled.

use super::Extension;
use super::Secret;
use super::common::{GrpcTls, HttpTls, IncludeExclude, NameStringValuePair};
use super::describe::{names, records, unions};
use super::exporters::OtlpHttpEncoding;
use super::view::View;

records! {
    /// The aggregation and export of metrics.
    MeterProvider {
        required {
            /// The readers of metrics.
            readers: Vec<MetricReader> [items(1)];
        }
        /// Views, which change the metrics of some instruments.
        views: Vec<View> [items(1)] => "none";
        /// The measurements that become exemplars.
        exemplar_filter: ExemplarFilter [null] = "trace_based";
        /// Which meters are enabled.
        meter_configurator as "meter_configurator/development": MeterConfigurator => "all are enabled";
    }

    /// A reader that exports metrics at an interval.
    PeriodicMetricReader {
        required {
            /// The exporter.
            exporter: PushMetricExporter;
        }
        /// The interval between the starts of two exports, in milliseconds.
        interval: u64 [null, min(0)] = 60000;
        /// The maximum duration of an export, in milliseconds; 0 for no limit.
        timeout: u64 [null, min(0)] = 30000;
        /// The maximum number of data points in one export.
        max_export_batch_size as "max_export_batch_size/development": u64 [null, min(1)] => "no limit";
        /// Sources of metrics from other libraries.
        producers: Vec<MetricProducer> [items(1)] => "none";
        /// The maximum number of series of an instrument.
        cardinality_limits: CardinalityLimits => "the defaults of its keys";
    }

    /// A reader that is asked for metrics.
    PullMetricReader {
        required {
            /// The exporter.
            exporter: PullMetricExporter;
        }
        /// Sources of metrics from other libraries.
        producers: Vec<MetricProducer> [items(1)] => "none";
        /// The maximum number of series of an instrument.
        cardinality_limits: CardinalityLimits => "the defaults of its keys";
    }

    /// The maximum number of series of an instrument, by the kind of instrument.
    CardinalityLimits {
        /// For all kinds without a separate limit.
        default: u64 [null, min(1)] = 2000;
        /// For counters.
        counter: u64 [null, min(1)] => "default";
        /// For gauges.
        gauge: u64 [null, min(1)] => "default";
        /// For histograms.
        histogram: u64 [null, min(1)] => "default";
        /// For observable counters.
        observable_counter: u64 [null, min(1)] => "default";
        /// For observable gauges.
        observable_gauge: u64 [null, min(1)] => "default";
        /// For observable up-down counters.
        observable_up_down_counter: u64 [null, min(1)] => "default";
        /// For up-down counters.
        up_down_counter: u64 [null, min(1)] => "default";
    }

    /// Metrics of OpenCensus. Deprecated in the schema.
    OpenCensusMetricProducer, null {}

    /// OTLP over HTTP.
    OtlpHttpMetricExporter, null {
        /// The URL, with the path of the signal.
        endpoint: String [null] = "http://localhost:4318/v1/metrics";
        /// Certificates.
        tls: HttpTls => "the default roots";
        /// Headers; they override those of `headers_list`.
        headers: Vec<NameStringValuePair> [items(1)] => "none";
        /// Headers in the format of `OTEL_EXPORTER_OTLP_HEADERS`.
        headers_list: Secret [null] => "none";
        /// The compression of requests: `gzip` or `none`.
        compression: String [null] = "none";
        /// The maximum size of a request before compression, in bytes; 0 for no limit.
        max_request_size: u64 [null, min(0)] = 67108864;
        /// The maximum size of a decompressed response, in bytes.
        max_response_size: u64 [null, min(1)] = 4194304;
        /// The maximum duration of an export, in milliseconds; 0 for no limit.
        timeout: u64 [null, min(0)] = 10000;
        /// The encoding of messages.
        encoding: OtlpHttpEncoding [null] = "protobuf";
        /// The temporality of exported metrics.
        temporality_preference: TemporalityPreference [null] = "cumulative";
        /// The aggregation of histograms for which no view sets one.
        default_histogram_aggregation: DefaultHistogramAggregation [null] = "explicit_bucket_histogram";
    }

    /// OTLP over gRPC.
    OtlpGrpcMetricExporter, null {
        /// The URL.
        endpoint: String [null] = "http://localhost:4317";
        /// Certificates.
        tls: GrpcTls => "the default roots";
        /// Headers; they override those of `headers_list`.
        headers: Vec<NameStringValuePair> [items(1)] => "none";
        /// Headers in the format of `OTEL_EXPORTER_OTLP_HEADERS`.
        headers_list: Secret [null] => "none";
        /// The compression of requests: `gzip` or `none`.
        compression: String [null] = "none";
        /// The maximum size of a request before compression, in bytes; 0 for no limit.
        max_request_size: u64 [null, min(0)] = 67108864;
        /// The maximum size of a decompressed response, in bytes.
        max_response_size: u64 [null, min(1)] = 4194304;
        /// The maximum duration of an export, in milliseconds; 0 for no limit.
        timeout: u64 [null, min(0)] = 10000;
        /// The temporality of exported metrics.
        temporality_preference: TemporalityPreference [null] = "cumulative";
        /// The aggregation of histograms for which no view sets one.
        default_histogram_aggregation: DefaultHistogramAggregation [null] = "explicit_bucket_histogram";
    }

    /// OTLP as lines of JSON in a file or on stdout.
    OtlpFileMetricExporter as "ExperimentalOtlpFileMetricExporter", null {
        /// `stdout`, or the URL of a file, such as `file:///var/log/metrics.jsonl`.
        output_stream: String [null] = "stdout";
        /// The temporality of exported metrics.
        temporality_preference: TemporalityPreference [null] = "cumulative";
        /// The aggregation of histograms for which no view sets one.
        default_histogram_aggregation: DefaultHistogramAggregation [null] = "explicit_bucket_histogram";
    }

    /// Text for people, on the console.
    ConsoleMetricExporter, null {
        /// The temporality of exported metrics.
        temporality_preference: TemporalityPreference [null] = "cumulative";
        /// The aggregation of histograms for which no view sets one.
        default_histogram_aggregation: DefaultHistogramAggregation [null] = "explicit_bucket_histogram";
    }

    /// An endpoint that Prometheus scrapes.
    PrometheusMetricExporter as "ExperimentalPrometheusMetricExporter", null {
        /// The host to listen on.
        host: String [null] = "localhost";
        /// The port to listen on.
        port: u16 [null] = 9464;
        /// Whether metrics have labels of their scope.
        scope_info_enabled: bool [null] = true;
        /// Whether the resource is a metric.
        target_info_enabled as "target_info_enabled/development": bool [null] = true;
        /// The attributes of the resource that become labels of all metrics.
        resource_constant_labels: IncludeExclude => "none";
        /// The translation of names.
        translation_strategy: PrometheusTranslationStrategy [null] = "underscore_escaping_with_suffixes";
    }

    /// Which meters are enabled.
    MeterConfigurator as "ExperimentalMeterConfigurator" {
        /// The configuration of meters that match no entry of `meters`.
        default_config: MeterConfig => "enabled";
        /// Configurations of meters by name; the first match decides.
        meters: Vec<MeterMatcherAndConfig> [items(1)] => "all have the default configuration";
    }

    /// The configuration of the meters whose names match.
    MeterMatcherAndConfig as "ExperimentalMeterMatcherAndConfig" {
        required {
            /// A pattern of names. `*` stands for any characters and `?` for one.
            name: String;
            /// The configuration.
            config: MeterConfig;
        }
    }

    /// The configuration of a meter.
    MeterConfig as "ExperimentalMeterConfig" {
        /// Whether measurements are recorded.
        enabled: bool = true;
    }
}

unions! {
    /// A reader of metrics.
    MetricReader {
        /// Exports at an interval.
        Periodic(PeriodicMetricReader) = "periodic";
        /// Is asked for metrics.
        Pull(PullMetricReader) = "pull";
    }

    /// An exporter to which metrics are handed.
    PushMetricExporter, Extension {
        /// OTLP over HTTP.
        OtlpHttp(Box<OtlpHttpMetricExporter>) = "otlp_http";
        /// OTLP over gRPC.
        OtlpGrpc(Box<OtlpGrpcMetricExporter>) = "otlp_grpc";
        /// OTLP in a file or on stdout.
        OtlpFile(OtlpFileMetricExporter) = "otlp_file/development";
        /// Text on the console.
        Console(ConsoleMetricExporter) = "console";
    }

    /// An exporter that asks for metrics.
    PullMetricExporter, Extension {
        /// An endpoint that Prometheus scrapes.
        Prometheus(PrometheusMetricExporter) = "prometheus/development";
    }

    /// A source of metrics from another library.
    MetricProducer, Extension {
        /// Metrics of OpenCensus.
        OpenCensus(OpenCensusMetricProducer) = "opencensus";
    }
}

names! {
    /// The measurements that become exemplars.
    ExemplarFilter {
        /// All.
        AlwaysOn = "always_on";
        /// None.
        AlwaysOff = "always_off";
        /// Those under a sampled span.
        TraceBased = "trace_based";
    }

    /// The temporality of exported metrics.
    TemporalityPreference as "ExporterTemporalityPreference" {
        /// Cumulative for all instruments.
        Cumulative = "cumulative";
        /// Delta for all instruments except up-down counters.
        Delta = "delta";
        /// Delta for counters and histograms, cumulative for all others.
        LowMemory = "low_memory";
    }

    /// The aggregation of histograms for which no view sets one.
    DefaultHistogramAggregation as "ExporterDefaultHistogramAggregation" {
        /// Explicit buckets.
        ExplicitBucketHistogram = "explicit_bucket_histogram";
        /// Exponential buckets.
        Base2ExponentialBucketHistogram = "base2_exponential_bucket_histogram";
    }

    /// The translation of names into those of Prometheus.
    PrometheusTranslationStrategy as "ExperimentalPrometheusTranslationStrategy" {
        /// Special characters are escaped; suffixes name the type and the unit.
        UnderscoreEscapingWithSuffixes = "underscore_escaping_with_suffixes";
        /// Special characters are escaped; there are no suffixes.
        UnderscoreEscapingWithoutSuffixes = "underscore_escaping_without_suffixes/development";
        /// Special characters stay; suffixes name the type and the unit.
        NoUtf8EscapingWithSuffixes = "no_utf8_escaping_with_suffixes/development";
        /// Names stay as they are.
        NoTranslation = "no_translation/development";
    }
}
