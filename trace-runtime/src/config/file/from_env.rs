//! Turns settings that were read from the environment into a configuration.

use crate::config::outputs::{Output, Outputs};
use crate::config::settings::{ChosenFormat, Settings};
use crate::export::secrets::strictly_without_credentials;
use crate::export::signal::Signal;
use crate::export::table::exporter;
use crate::export::{CodeAttributes, OtlpProtocol, OtlpSettings};
use crate::propagation::Format;
use crate::resource::Detector;
use std::ffi::OsString;
use std::time::Duration;
use trace_config::model::common::{AttributeNameValue, GrpcTls, HttpTls};
use trace_config::model::distribution::{CodeAttributes as CodeSection, Distribution, TraceRs};
use trace_config::model::exporters::{
    ConsoleExporter, OtlpFileExporter, OtlpGrpcExporter, OtlpHttpEncoding, OtlpHttpExporter,
    SpanExporter,
};
use trace_config::model::propagator::{
    B3MultiPropagator, B3Propagator, BaggagePropagator, Propagator, TextMapPropagator,
    TraceContextPropagator,
};
use trace_config::model::resource::{
    ContainerResourceDetector, HostResourceDetector, ProcessResourceDetector, Resource,
    ResourceDetection, ResourceDetector, ServiceResourceDetector,
};
use trace_config::model::sampler::{
    AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, Sampler, TraceIdRatioBasedSampler,
};
use trace_config::model::tracer::{BatchSpanProcessor, SpanLimits, SpanProcessor, TracerProvider};
use trace_config::model::{AttributeValue, Configuration, Extension, Node, Secret};

/// A configuration that does what these settings do, and what it leaves out.
pub(crate) struct Written {
    pub(crate) yaml: String,
    pub(crate) notes: Vec<String>,
}

/// Writes settings; `lookup` finds the variables that contain secrets, to which the file refers.
pub(crate) fn write(settings: &Settings, lookup: &dyn Fn(&str) -> Option<OsString>) -> Written {
    let mut writer = Writer { lookup, notes: Vec::new() };
    let mut file = Configuration::new("1.2".to_owned());
    file.disabled = settings.disabled.then_some(true);
    file.resource = Some(resource(settings));
    file.propagator = Some(propagators(settings.propagators.as_deref()));
    file.tracer_provider = writer.spans(settings);
    #[cfg(feature = "metrics")]
    {
        file.meter_provider = writer.metrics(settings);
    }
    #[cfg(feature = "logs")]
    {
        file.logger_provider = writer.logs(settings);
    }
    file.distribution = distribution(settings);
    Written { yaml: file.to_yaml(), notes: writer.notes }
}

/// Returns the exporters that are in force without a terminal.
fn outputs(settings: &Outputs, is_wanted: bool) -> Vec<Output> {
    let otlp = || is_wanted.then(|| settings.by_default(exporter("otlp")));
    settings.chosen.clone().unwrap_or_else(|| otlp().into_iter().collect())
}

fn whole<T: TryInto<u64>>(number: T) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

/// Returns milliseconds; no limit is 0.
fn milliseconds(time: Duration) -> u64 {
    if time == Duration::MAX { 0 } else { whole(time.as_millis()) }
}

fn text(path: Option<&std::path::PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

struct Writer<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    notes: Vec<String>,
}

impl Writer<'_> {
    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn spans(&mut self, settings: &Settings) -> Option<TracerProvider> {
        let mut processors = Vec::new();
        for output in outputs(&settings.spans, true) {
            let otlp = &output.settings.otlp;
            let exporter = match output.exporter.name() {
                "otlp" if otlp.protocol == OtlpProtocol::Grpc => {
                    SpanExporter::OtlpGrpc(Box::new(self.grpc(otlp, Signal::Traces)))
                }
                "otlp" => SpanExporter::OtlpHttp(Box::new(self.http(otlp, Signal::Traces))),
                "json" => SpanExporter::OtlpFile(OtlpFileExporter::default()),
                _ => SpanExporter::Console(ConsoleExporter::default()),
            };
            let mut batch = BatchSpanProcessor::new(exporter);
            batch.schedule_delay = Some(whole(output.queue.delay.as_millis()));
            batch.max_queue_size = Some(whole(output.queue.max_queue));
            batch.max_export_batch_size = Some(whole(output.queue.max_batch));
            batch.export_timeout = Some(milliseconds(otlp.timeout));
            processors.push(SpanProcessor::Batch(batch));
        }
        if processors.is_empty() {
            return None;
        }
        let mut provider = TracerProvider::new(processors);
        provider.sampler =
            settings.sampler.as_ref().and_then(|sampler| self.sampler(&sampler.name));
        let (limits, mut section) = (&settings.limits, SpanLimits::default());
        section.attribute_value_length_limit = limits.attribute_value_length.map(whole);
        section.attribute_count_limit = Some(whole(limits.attribute_count));
        section.event_count_limit = Some(whole(limits.event_count));
        section.link_count_limit = Some(whole(limits.link_count));
        section.event_attribute_count_limit = Some(whole(limits.event_attribute_count));
        section.link_attribute_count_limit = Some(whole(limits.link_attribute_count));
        provider.limits = Some(section);
        Some(provider)
    }

    /// Returns the sampler of a name and an argument, as the environment has them.
    fn sampler(&mut self, name: &str) -> Option<Sampler> {
        let (name, ratio) = name.split_once(' ').unwrap_or((name, ""));
        let ratio = ratio.parse().ok();
        let root = match name.trim_start_matches("parentbased_") {
            "always_on" => Sampler::AlwaysOn(AlwaysOnSampler::default()),
            "always_off" => Sampler::AlwaysOff(AlwaysOffSampler::default()),
            "traceidratio" => {
                let mut sampler = TraceIdRatioBasedSampler::default();
                sampler.ratio = ratio;
                Sampler::TraceIdRatioBased(sampler)
            }
            _ => {
                self.note(format!("the sampler {name} is left out"));
                return None;
            }
        };
        if !name.starts_with("parentbased_") {
            return Some(root);
        }
        let mut sampler = ParentBasedSampler::default();
        sampler.root = Some(Box::new(root));
        Some(Sampler::ParentBased(sampler))
    }

    fn http(&mut self, otlp: &OtlpSettings, signal: Signal) -> OtlpHttpExporter {
        let mut section = OtlpHttpExporter::default();
        section.endpoint = self.endpoint(otlp, signal);
        section.headers_list = self.headers(otlp, signal);
        section.compression = otlp.gzip.then(|| "gzip".to_owned());
        section.encoding =
            (otlp.protocol == OtlpProtocol::HttpJson).then_some(OtlpHttpEncoding::Json);
        section.timeout = Some(milliseconds(otlp.timeout));
        let mut tls = HttpTls::default();
        tls.ca_file = text(otlp.certificate.as_ref());
        tls.cert_file = text(otlp.client_certificate.as_ref());
        tls.key_file = text(otlp.client_key.as_ref());
        section.tls = (tls != HttpTls::default()).then_some(tls);
        section
    }

    fn grpc(&mut self, otlp: &OtlpSettings, signal: Signal) -> OtlpGrpcExporter {
        let mut section = OtlpGrpcExporter::default();
        section.endpoint = self.endpoint(otlp, signal);
        section.headers_list = self.headers(otlp, signal);
        section.compression = otlp.gzip.then(|| "gzip".to_owned());
        section.timeout = Some(milliseconds(otlp.timeout));
        let mut tls = GrpcTls::default();
        tls.ca_file = text(otlp.certificate.as_ref());
        tls.cert_file = text(otlp.client_certificate.as_ref());
        tls.key_file = text(otlp.client_key.as_ref());
        section.tls = (tls != GrpcTls::default()).then_some(tls);
        section
    }

    fn endpoint(&mut self, otlp: &OtlpSettings, signal: Signal) -> Option<String> {
        let endpoint = otlp.endpoint.as_deref()?;
        let shown = strictly_without_credentials(endpoint);
        if shown != endpoint {
            self.note(format!(
                "the endpoint of {} has credentials or a query, which are left out",
                signal.name()
            ));
        }
        Some(shown)
    }

    /// Returns a reference to the variable from which the headers came.
    fn headers(&self, otlp: &OtlpSettings, signal: Signal) -> Option<Secret> {
        if otlp.headers.is_empty() {
            return None;
        }
        let own = format!("OTEL_EXPORTER_OTLP_{}_HEADERS", signal.name().to_uppercase());
        let names = [own, "OTEL_EXPORTER_OTLP_HEADERS".to_owned()];
        names.into_iter().find_map(|name| {
            let value = (self.lookup)(&name)?.into_string().ok().filter(|it| !it.is_empty())?;
            Some(Secret::of_variable(name, value))
        })
    }

    #[cfg(feature = "logs")]
    fn logs(&mut self, settings: &Settings) -> Option<trace_config::model::logger::LoggerProvider> {
        use trace_config::model::exporters::LogRecordExporter;
        use trace_config::model::logger::{
            BatchLogRecordProcessor, LogRecordLimits, LogRecordProcessor, LoggerProvider,
        };

        let mut processors = Vec::new();
        for output in outputs(&settings.logs.outputs, is_otlp_used(settings)) {
            let otlp = &output.settings.otlp;
            let exporter = match output.exporter.name() {
                "otlp" if otlp.protocol == OtlpProtocol::Grpc => {
                    LogRecordExporter::OtlpGrpc(Box::new(self.grpc(otlp, Signal::Logs)))
                }
                "otlp" => LogRecordExporter::OtlpHttp(Box::new(self.http(otlp, Signal::Logs))),
                "json" => {
                    self.note("a file has no exporter of log records as flat JSON: it is left out");
                    continue;
                }
                _ => LogRecordExporter::Console(ConsoleExporter::default()),
            };
            let mut batch = BatchLogRecordProcessor::new(exporter);
            batch.schedule_delay = Some(whole(output.queue.delay.as_millis()));
            batch.max_queue_size = Some(whole(output.queue.max_queue));
            batch.max_export_batch_size = Some(whole(output.queue.max_batch));
            batch.export_timeout = Some(milliseconds(otlp.timeout));
            processors.push(LogRecordProcessor::Batch(batch));
        }
        if processors.is_empty() {
            return None;
        }
        let (limits, mut section) = (&settings.logs.limits, LogRecordLimits::default());
        section.attribute_count_limit = Some(whole(limits.attribute_count));
        section.attribute_value_length_limit = limits.attribute_value_length.map(whole);
        let mut provider = LoggerProvider::new(processors);
        provider.limits = Some(section);
        Some(provider)
    }

    #[cfg(feature = "metrics")]
    fn metrics(
        &mut self,
        settings: &Settings,
    ) -> Option<trace_config::model::meter::MeterProvider> {
        use opentelemetry_sdk::metrics::Temporality;
        use trace_config::model::meter::{
            ConsoleMetricExporter, DefaultHistogramAggregation, ExemplarFilter, MeterProvider,
            MetricReader, OtlpFileMetricExporter, OtlpGrpcMetricExporter, OtlpHttpMetricExporter,
            PeriodicMetricReader, PrometheusMetricExporter, PullMetricExporter, PullMetricReader,
            PushMetricExporter, TemporalityPreference,
        };

        let metrics = &settings.metrics;
        let chosen = metrics.readers.clone().unwrap_or_else(|| {
            let reader =
                || crate::config::ReaderSettings::pushing(exporter("otlp"), metrics.otlp.clone());
            is_otlp_used(settings).then(reader).into_iter().collect()
        });
        let histograms = metrics
            .exponential
            .then_some(DefaultHistogramAggregation::Base2ExponentialBucketHistogram);
        let mut readers = Vec::new();
        for reader in chosen {
            let otlp = &reader.push.otlp;
            let temporality = match reader.push.temporality {
                Temporality::Delta => Some(TemporalityPreference::Delta),
                Temporality::LowMemory => Some(TemporalityPreference::LowMemory),
                _ => None,
            };
            macro_rules! like {
                ($section:expr, $other:ident) => {{
                    let (mut section, other) = ($section, $other);
                    section.endpoint = other.endpoint;
                    section.headers_list = other.headers_list;
                    section.compression = other.compression;
                    section.timeout = other.timeout;
                    section.tls = other.tls;
                    section.temporality_preference = temporality;
                    section.default_histogram_aggregation = histograms;
                    Box::new(section)
                }};
            }
            let exporter = match reader.exporter.name() {
                "prometheus" => {
                    let mut section = PrometheusMetricExporter::default();
                    #[cfg(feature = "prometheus")]
                    {
                        section.host = Some(reader.prometheus.host.clone());
                        section.port = Some(reader.prometheus.port);
                    }
                    #[cfg(not(feature = "prometheus"))]
                    {
                        section.host = None;
                    }
                    let exporter = PullMetricExporter::Prometheus(section);
                    readers.push(MetricReader::Pull(PullMetricReader::new(exporter)));
                    continue;
                }
                "otlp" if otlp.protocol == OtlpProtocol::Grpc => {
                    let other = self.grpc(otlp, Signal::Metrics);
                    PushMetricExporter::OtlpGrpc(like!(OtlpGrpcMetricExporter::default(), other))
                }
                "otlp" => {
                    let other = self.http(otlp, Signal::Metrics);
                    let encoding = other.encoding;
                    let mut section = like!(OtlpHttpMetricExporter::default(), other);
                    section.encoding = encoding;
                    PushMetricExporter::OtlpHttp(section)
                }
                "json" => {
                    let mut section = OtlpFileMetricExporter::default();
                    section.temporality_preference = temporality;
                    section.default_histogram_aggregation = histograms;
                    PushMetricExporter::OtlpFile(section)
                }
                _ => {
                    let mut section = ConsoleMetricExporter::default();
                    section.temporality_preference = temporality;
                    section.default_histogram_aggregation = histograms;
                    PushMetricExporter::Console(section)
                }
            };
            let mut periodic = PeriodicMetricReader::new(exporter);
            periodic.interval = Some(milliseconds(reader.push.interval));
            periodic.timeout = Some(milliseconds(otlp.timeout));
            readers.push(MetricReader::Periodic(periodic));
        }
        if readers.is_empty() {
            return None;
        }
        let mut provider = MeterProvider::new(readers);
        provider.exemplar_filter = Some(ExemplarFilter::AlwaysOff);
        Some(provider)
    }
}

/// Returns whether metrics and logs use OTLP because spans do.
#[cfg(any(feature = "logs", feature = "metrics"))]
fn is_otlp_used(settings: &Settings) -> bool {
    outputs(&settings.spans, true).iter().any(|output| output.exporter.name() == "otlp")
}

fn resource(settings: &Settings) -> Resource {
    let configured = &settings.resource;
    let mut attributes: Vec<AttributeNameValue> = Vec::new();
    let named = configured.service_name.iter().map(|name| ("service.name", name.clone()));
    let others = configured.attributes.iter();
    for (key, value) in others.map(|it| (it.key.as_str(), it.value.to_string())).chain(named) {
        // Later ones take precedence.
        attributes.retain(|other| other.name != key);
        attributes
            .push(AttributeNameValue::new(key.to_owned(), Some(AttributeValue::String(value))));
    }
    let mut section = Resource::default();
    section.attributes = (!attributes.is_empty()).then_some(attributes);
    let chosen = configured.detectors.clone().unwrap_or_else(Detector::defaults);
    if !chosen.is_empty() {
        let has_host = chosen.contains(&Detector::Host);
        let detector = |detector: Detector| match detector {
            Detector::Service => ResourceDetector::Service(ServiceResourceDetector::default()),
            Detector::Process => ResourceDetector::Process(ProcessResourceDetector::default()),
            Detector::Container => {
                ResourceDetector::Container(ContainerResourceDetector::default())
            }
            Detector::Host => ResourceDetector::Host(HostResourceDetector::default()),
            other => ResourceDetector::Extension(Extension::new(other.name(), Node::null())),
        };
        // The schema's detector of the host is ours of the operating system too.
        let chosen = chosen.into_iter().filter(|it| !(has_host && *it == Detector::Os));
        let mut detection = ResourceDetection::default();
        detection.detectors = Some(chosen.map(detector).collect());
        section.detection = Some(detection);
    }
    section
}

fn propagators(formats: Option<&[ChosenFormat]>) -> Propagator {
    let by_default = [Format::TraceContext, Format::Baggage].map(ChosenFormat::Named);
    let formats = formats.unwrap_or(&by_default);
    let mut section = Propagator::default();
    if formats.is_empty() {
        section.composite_list = Some("none".to_owned());
        return section;
    }
    let named = |format: &ChosenFormat| match format {
        ChosenFormat::Named(format) => Some(*format),
        // Variables name no plug-ins.
        ChosenFormat::Plugin(_) => None,
    };
    let propagator = |format: Format| match format {
        Format::TraceContext => TextMapPropagator::TraceContext(TraceContextPropagator::default()),
        Format::Baggage => TextMapPropagator::Baggage(BaggagePropagator::default()),
        Format::B3 => TextMapPropagator::B3(B3Propagator::default()),
        Format::B3Multi => TextMapPropagator::B3Multi(B3MultiPropagator::default()),
        Format::Jaeger => TextMapPropagator::Extension(Extension::new("jaeger", Node::null())),
        Format::XRay => TextMapPropagator::Extension(Extension::new("xray", Node::null())),
    };
    section.composite = Some(formats.iter().filter_map(named).map(propagator).collect());
    section
}

fn distribution(settings: &Settings) -> Option<Distribution> {
    let mut section = TraceRs::default();
    section.memory_limit = settings.memory.filter(|it| *it != crate::config::MEMORY).map(whole);
    section.startup_line = (!settings.has_startup_line && !settings.disabled).then_some(false);
    section.code_attributes = settings.code.map(|code| match code {
        CodeAttributes::Always => CodeSection::Always,
        CodeAttributes::Never => CodeSection::Never,
        _ => CodeSection::Errors,
    });
    let is_set = section != TraceRs::default();
    let mut distribution = Distribution::default();
    distribution.trace_rs = is_set.then_some(section);
    is_set.then_some(distribution)
}
