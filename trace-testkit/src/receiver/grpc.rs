//! Implements the services of OTLP/gRPC.

use super::payload::{self, Items, Partial};
use super::request::Signal;
use super::store::Store;
use bytes::Bytes;
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::logs::v1 as logs;
use opentelemetry_proto::tonic::collector::metrics::v1 as metrics;
use opentelemetry_proto::tonic::collector::trace::v1 as trace;
use std::sync::Arc;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::codegen::Service;
use tonic::{Request, Response, Status};

pub(super) const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
pub(super) const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
pub(super) const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// Takes one call.
pub(super) struct Collector {
    pub(super) store: Arc<Store>,
    /// The request's number in the store.
    pub(super) number: usize,
    pub(super) partial: Partial,
}

impl Collector {
    pub(super) async fn serve(
        self,
        request: http::Request<Full<Bytes>>,
        signal: Option<Signal>,
        max_body_bytes: usize,
    ) -> http::Response<Body> {
        macro_rules! call {
            ($server:path) => {{
                use $server as Server;
                Server::new(self)
                    .accept_compressed(CompressionEncoding::Gzip)
                    .max_decoding_message_size(max_body_bytes)
                    .call(request)
                    .await
            }};
        }
        let called = match signal {
            Some(Signal::Traces) => call!(trace::trace_service_server::TraceServiceServer),
            Some(Signal::Metrics) => call!(metrics::metrics_service_server::MetricsServiceServer),
            Some(Signal::Logs) => call!(logs::logs_service_server::LogsServiceServer),
            None => {
                let path = request.uri().path();
                Ok(Status::unimplemented(format!("OTLP has no method {path}")).into_http())
            }
        };
        called.unwrap_or_else(|never| match never {})
    }

    fn take(&self, items: Items) -> Partial {
        let rejected = self.partial.as_ref().map_or(0, |(rejected, _)| *rejected);
        self.store.take(self.number, items, usize::try_from(rejected).unwrap_or(usize::MAX));
        self.partial.clone()
    }
}

#[tonic::async_trait]
impl trace::trace_service_server::TraceService for Collector {
    async fn export(
        &self,
        request: Request<trace::ExportTraceServiceRequest>,
    ) -> Result<Response<trace::ExportTraceServiceResponse>, Status> {
        let partial = self.take(request.into_inner().into());
        Ok(Response::new(payload::traces_response(partial)))
    }
}

#[tonic::async_trait]
impl metrics::metrics_service_server::MetricsService for Collector {
    async fn export(
        &self,
        request: Request<metrics::ExportMetricsServiceRequest>,
    ) -> Result<Response<metrics::ExportMetricsServiceResponse>, Status> {
        let partial = self.take(request.into_inner().into());
        Ok(Response::new(payload::metrics_response(partial)))
    }
}

#[tonic::async_trait]
impl logs::logs_service_server::LogsService for Collector {
    async fn export(
        &self,
        request: Request<logs::ExportLogsServiceRequest>,
    ) -> Result<Response<logs::ExportLogsServiceResponse>, Status> {
        let partial = self.take(request.into_inner().into());
        Ok(Response::new(payload::logs_response(partial)))
    }
}
