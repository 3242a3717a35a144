//! Decodes request bodies and encodes answers, in each of OTLP's encodings.

use super::decode;
use super::request::{Signal, Transport};
use crate::model::{LogData, Metric, SpanData};
use flate2::read::MultiGzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use std::io::Read;

/// The content of a request.
#[derive(Debug)]
pub(super) enum Items {
    Spans(Vec<SpanData>),
    /// `unknown` counts metrics of kinds that the model does not have.
    Metrics {
        metrics: Vec<Metric>,
        unknown: usize,
    },
    Logs(Vec<LogData>),
}

impl Items {
    /// Returns the number of spans, data points or log records.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Spans(spans) => spans.len(),
            Self::Metrics { metrics, .. } => metrics.iter().map(|metric| metric.points.len()).sum(),
            Self::Logs(logs) => logs.len(),
        }
    }

    /// Discards `rejected` items, from the end.
    pub(super) fn reject(&mut self, rejected: usize) {
        match self {
            Self::Spans(spans) => spans.truncate(spans.len().saturating_sub(rejected)),
            Self::Logs(logs) => logs.truncate(logs.len().saturating_sub(rejected)),
            Self::Metrics { metrics, .. } => {
                let mut left = rejected;
                for metric in metrics.iter_mut().rev() {
                    let gone = left.min(metric.points.len());
                    metric.points.truncate(metric.points.len() - gone);
                    left -= gone;
                }
                metrics.retain(|metric| !metric.points.is_empty());
            }
        }
    }

    /// Returns why a part of the request was not kept.
    pub(super) fn refused(&self, rejected: usize) -> Option<String> {
        match self {
            Self::Metrics { unknown, .. } if *unknown > 0 => {
                Some(format!("{unknown} metrics are summaries or empty, which are not kept"))
            }
            _ if rejected > 0 => Some(format!("{rejected} rejected, as scripted")),
            _ => None,
        }
    }
}

impl From<ExportTraceServiceRequest> for Items {
    fn from(request: ExportTraceServiceRequest) -> Self {
        Self::Spans(decode::spans(request))
    }
}

impl From<ExportMetricsServiceRequest> for Items {
    fn from(request: ExportMetricsServiceRequest) -> Self {
        let (metrics, unknown) = decode::metrics(request);
        Self::Metrics { metrics, unknown }
    }
}

impl From<ExportLogsServiceRequest> for Items {
    fn from(request: ExportLogsServiceRequest) -> Self {
        Self::Logs(decode::logs(request))
    }
}

/// Reads a body of OTLP/HTTP; the error describes what is wrong with it.
pub(super) fn read(signal: Signal, json: bool, body: &[u8]) -> Result<Items, String> {
    fn one<T>(json: bool, body: &[u8]) -> Result<Items, String>
    where
        T: Message + Default + serde::de::DeserializeOwned + Into<Items>,
    {
        if json {
            serde_json::from_slice::<T>(body)
                .map(T::into)
                .map_err(|error| format!("the body is not OTLP as JSON: {error}"))
        } else {
            T::decode(body)
                .map(T::into)
                .map_err(|error| format!("the body is not OTLP as protobuf: {error}"))
        }
    }
    match signal {
        Signal::Traces => one::<ExportTraceServiceRequest>(json, body),
        Signal::Metrics => one::<ExportMetricsServiceRequest>(json, body),
        Signal::Logs => one::<ExportLogsServiceRequest>(json, body),
    }
}

/// A partial success: how many were rejected and why; `None` for a full one.
pub(super) type Partial = Option<(i64, String)>;

pub(super) fn traces_response(partial: Partial) -> ExportTraceServiceResponse {
    let partial_success = partial.map(|(rejected_spans, error_message)| {
        ExportTracePartialSuccess { rejected_spans, error_message }
    });
    ExportTraceServiceResponse { partial_success }
}

pub(super) fn metrics_response(partial: Partial) -> ExportMetricsServiceResponse {
    let partial_success = partial.map(|(rejected_data_points, error_message)| {
        ExportMetricsPartialSuccess { rejected_data_points, error_message }
    });
    ExportMetricsServiceResponse { partial_success }
}

pub(super) fn logs_response(partial: Partial) -> ExportLogsServiceResponse {
    let partial_success = partial.map(|(rejected_log_records, error_message)| {
        ExportLogsPartialSuccess { rejected_log_records, error_message }
    });
    ExportLogsServiceResponse { partial_success }
}

/// The answer's body over HTTP, in the encoding of the request.
pub(super) fn response(signal: Signal, transport: Transport, partial: Partial) -> Vec<u8> {
    fn encoded<T: Message + serde::Serialize>(transport: Transport, message: &T) -> Vec<u8> {
        match transport {
            // A message of numbers and strings always has a form in JSON.
            Transport::HttpJson => serde_json::to_vec(message).unwrap_or_default(),
            _ => message.encode_to_vec(),
        }
    }
    match signal {
        Signal::Traces => encoded(transport, &traces_response(partial)),
        Signal::Metrics => encoded(transport, &metrics_response(partial)),
        Signal::Logs => encoded(transport, &logs_response(partial)),
    }
}

/// Unpacks gzip; the error describes what is wrong with it.
pub(super) fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    let mut decoder = MultiGzDecoder::new(body).take(limit as u64 + 1);
    let size = decoder
        .read_to_end(&mut unpacked)
        .map_err(|error| format!("the body is not gzip: {error}"))?;
    if size > limit {
        return Err(format!("the body is more than {limit} bytes when unpacked"));
    }
    Ok(unpacked)
}
