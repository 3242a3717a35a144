//! The blocking HTTP client that every candidate exports with, so that a difference in processor
//! time is not a difference between clients.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};

/// `ureq` behind the trait of opentelemetry-http.
#[derive(Debug)]
pub struct BlockingClient(ureq::Agent);

impl Default for BlockingClient {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        Self(config.new_agent())
    }
}

#[async_trait]
impl HttpClient for BlockingClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let response = self.0.run(Request::from_parts(parts, body.as_ref()))?;
        let (parts, mut body) = response.into_parts();
        Ok(Response::from_parts(parts, Bytes::from(body.read_to_vec()?)))
    }
}

/// The stock OTLP exporter over HTTP/protobuf, with that client.
pub fn otlp(endpoint: &str) -> Result<SpanExporter, ExporterBuildError> {
    SpanExporter::builder()
        .with_http()
        .with_http_client(BlockingClient::default())
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .build()
}
