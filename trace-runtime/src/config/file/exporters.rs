//! Maps exporters, and the queues before them.

use super::mapper::{Mapper, number};
use crate::config::component::Component;
use crate::config::outputs::Output;
use crate::config::reader::headers;
use crate::export::table::{ExporterSettings, exporter};
use crate::export::{OtlpProtocol, OtlpSettings, QueueSettings};
use crate::plugin::Kind;
use std::path::PathBuf;
use std::time::Duration;
use trace_config::model::common::NameStringValuePair;
use trace_config::model::exporters::{OtlpGrpcExporter, OtlpHttpEncoding, OtlpHttpExporter};
use trace_config::model::{Extension, Place, Secret};

/// An exporter that a file names.
pub(super) type Named = (Component, ExporterSettings);

/// What both transports have, for all signals.
pub(super) struct Common<'a> {
    pub(super) at: Place,
    pub(super) headers: Option<&'a [NameStringValuePair]>,
    pub(super) headers_list: Option<&'a Secret>,
    pub(super) compression: Option<&'a str>,
    pub(super) max_request_size: Option<u64>,
    pub(super) max_response_size: Option<u64>,
    pub(super) timeout: Option<u64>,
}

/// Returns what an exporter of any signal and transport has.
macro_rules! common {
    ($exporter:expr) => {
        $crate::config::file::exporters::Common {
            at: $exporter.at,
            headers: $exporter.headers.as_deref(),
            headers_list: $exporter.headers_list.as_ref(),
            compression: $exporter.compression.as_deref(),
            max_request_size: $exporter.max_request_size,
            max_response_size: $exporter.max_response_size,
            timeout: $exporter.timeout,
        }
    };
}

/// Returns the settings of an exporter over HTTP, of any signal.
macro_rules! http {
    ($mapper:expr, $exporter:expr) => {{
        let exporter = $exporter;
        let mut otlp = $crate::config::file::exporters::otlp(
            $mapper,
            &$crate::config::file::exporters::common!(exporter),
        );
        otlp.endpoint = exporter.endpoint.clone();
        if let Some(tls) = &exporter.tls {
            otlp.certificate = tls.ca_file.as_ref().map(Into::into);
            otlp.client_certificate = tls.cert_file.as_ref().map(Into::into);
            otlp.client_key = tls.key_file.as_ref().map(Into::into);
        }
        otlp.protocol = $crate::config::file::exporters::protocol(exporter.encoding);
        otlp
    }};
}

/// Returns the settings of an exporter over gRPC, of any signal.
macro_rules! grpc {
    ($mapper:expr, $exporter:expr) => {{
        let exporter = $exporter;
        let mut otlp = $crate::config::file::exporters::otlp(
            $mapper,
            &$crate::config::file::exporters::common!(exporter),
        );
        otlp.protocol = $crate::export::OtlpProtocol::Grpc;
        let tls = exporter.tls.as_ref();
        let insecure = tls.and_then(|tls| tls.insecure) == Some(true);
        otlp.endpoint = exporter
            .endpoint
            .as_deref()
            .map(|endpoint| $crate::config::file::exporters::grpc_endpoint(endpoint, insecure));
        if let Some(tls) = tls {
            otlp.certificate = tls.ca_file.as_ref().map(Into::into);
            otlp.client_certificate = tls.cert_file.as_ref().map(Into::into);
            otlp.client_key = tls.key_file.as_ref().map(Into::into);
        }
        otlp
    }};
}

pub(super) use common;
#[cfg(feature = "metrics")]
pub(super) use {grpc, http};

/// Returns an exporter with these settings of OTLP.
pub(super) fn by_otlp(otlp: OtlpSettings) -> Named {
    (exporter("otlp").into(), ExporterSettings { otlp, ..ExporterSettings::default() })
}

pub(super) fn over_http(mapper: &Mapper<'_>, section: &OtlpHttpExporter) -> Named {
    by_otlp(http!(mapper, section))
}

pub(super) fn over_grpc(mapper: &Mapper<'_>, section: &OtlpGrpcExporter) -> Named {
    by_otlp(grpc!(mapper, section))
}

pub(super) fn console() -> Named {
    (exporter("console").into(), ExporterSettings::default())
}

/// Returns the exporter that writes OTLP as lines of JSON to this stream.
pub(super) fn to_file(mapper: &Mapper<'_>, at: Place, stream: Option<&str>) -> Option<Named> {
    let file = match stream {
        None | Some("stdout") => None,
        Some(url) => match url.strip_prefix("file://").filter(|path| path.starts_with('/')) {
            Some(path) => Some(PathBuf::from(path)),
            None => {
                let message =
                    "only `stdout` and URLs like `file:///path` are supported; nothing is written";
                mapper.unsupported(at, Some("output_stream"), message);
                return None;
            }
        },
    };
    let settings = ExporterSettings { file, is_otlp: true, ..ExporterSettings::default() };
    Some((exporter("json").into(), settings))
}

/// Returns the exporter of a plug-in.
pub(super) fn plugin(mapper: &Mapper<'_>, kind: Kind, section: &Extension) -> Option<Named> {
    let plugin = mapper.plugin(kind, section)?;
    Some((Component::Plugin(plugin), ExporterSettings::default()))
}

/// Returns the exporter that a variant of a union of the schema names.
macro_rules! exporter_of {
    ($mapper:expr, $union:ident, $kind:expr, $section:expr) => {
        match $section {
            $union::OtlpHttp(section) => {
                Some($crate::config::file::exporters::over_http($mapper, section))
            }
            $union::OtlpGrpc(section) => {
                Some($crate::config::file::exporters::over_grpc($mapper, section))
            }
            $union::OtlpFile(section) => {
                let stream = section.output_stream.as_deref();
                $crate::config::file::exporters::to_file($mapper, section.at, stream)
            }
            $union::Console(_) => Some($crate::config::file::exporters::console()),
            $union::Extension(other) => {
                $crate::config::file::exporters::plugin($mapper, $kind, other)
            }
            _ => None,
        }
    };
}

/// Returns the output of a batch processor, of spans or of log records, with this exporter.
macro_rules! batch {
    ($batch:expr, $named:expr, $delay:expr) => {{
        let mut named = $named;
        $crate::config::file::exporters::limit_time(&mut named, $batch.export_timeout);
        let queue = $crate::config::file::exporters::queue(
            $batch.max_queue_size,
            $batch.max_export_batch_size,
            $batch.schedule_delay,
            $delay,
        );
        $crate::config::file::exporters::output(named, queue)
    }};
}

pub(super) use {batch, exporter_of};

/// Returns an exporter with the queue of its processor.
pub(super) fn output((exporter, settings): Named, queue: QueueSettings) -> Output {
    Output { exporter, settings, queue }
}

pub(super) fn otlp(mapper: &Mapper<'_>, section: &Common<'_>) -> OtlpSettings {
    let mut settings =
        OtlpSettings { headers: all_headers(mapper, section), ..OtlpSettings::default() };
    settings.gzip = match section.compression {
        Some("gzip") => true,
        None | Some("none") => false,
        Some(_) => {
            let message = "only `gzip` and `none` are supported; requests are not compressed";
            mapper.unsupported(section.at, Some("compression"), message);
            false
        }
    };
    if let Some(bytes) = section.max_request_size {
        settings.max_request_size = number(bytes);
    }
    if let Some(bytes) = section.max_response_size {
        settings.max_response_size = number(bytes);
    }
    if let Some(milliseconds) = section.timeout {
        settings.timeout = timeout(milliseconds);
    }
    settings
}

/// Returns a duration; 0 stands for no limit.
pub(super) fn timeout(milliseconds: u64) -> Duration {
    match milliseconds {
        0 => Duration::MAX,
        milliseconds => Duration::from_millis(milliseconds),
    }
}

/// Returns the headers of the list, and those that override them.
fn all_headers(mapper: &Mapper<'_>, section: &Common<'_>) -> Vec<(String, String)> {
    let list = section.headers_list.map_or("", |list| list.expose());
    let mut all = headers(list).unwrap_or_else(|_| {
        let message = "it is no list like name=value,name=value with percent-encoded values";
        mapper.refused(section.at, Some("headers_list"), message);
        Vec::new()
    });
    for header in section.headers.into_iter().flatten() {
        let Some(value) = &header.value else { continue };
        all.retain(|(name, _)| !name.eq_ignore_ascii_case(&header.name));
        all.push((header.name.clone(), value.expose().to_owned()));
    }
    all
}

/// Returns the protocol over HTTP with this encoding.
pub(super) fn protocol(encoding: Option<OtlpHttpEncoding>) -> OtlpProtocol {
    match encoding {
        Some(OtlpHttpEncoding::Json) => OtlpProtocol::HttpJson,
        _ => OtlpProtocol::HttpProtobuf,
    }
}

/// Returns the endpoint with the scheme that `insecure` sets, where it has none.
pub(super) fn grpc_endpoint(endpoint: &str, insecure: bool) -> String {
    match endpoint.contains("://") || !insecure {
        true => endpoint.to_owned(),
        false => format!("http://{endpoint}"),
    }
}

/// Returns the queue of a batch processor. The defaults are those of the schema.
pub(super) fn queue(
    max_queue: Option<u64>,
    max_batch: Option<u64>,
    delay: Option<u64>,
    default_delay: Duration,
) -> QueueSettings {
    let max_queue = number(max_queue.unwrap_or(2_048));
    let max_batch = number::<usize>(max_batch.unwrap_or(512)).min(max_queue);
    QueueSettings::default()
        .with_max_queue(max_queue)
        .with_max_batch(max_batch)
        .with_delay(delay.map_or(default_delay, Duration::from_millis))
}

/// Returns the queue of a simple processor: what ends is exported at once, on the exporter's thread.
pub(super) fn no_delay() -> QueueSettings {
    QueueSettings::default().with_delay(Duration::ZERO)
}

/// Limits the time for a batch by that of its processor.
pub(super) fn limit_time(named: &mut Named, export_timeout: Option<u64>) {
    let limit = timeout(export_timeout.unwrap_or(30_000));
    let otlp = &mut named.1.otlp;
    otlp.timeout = otlp.timeout.min(limit);
}
