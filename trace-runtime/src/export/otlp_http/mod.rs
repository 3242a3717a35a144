//! OTLP over HTTP/protobuf: opentelemetry-otlp's exporter on a blocking client of our own.
//!
//! The client is passed explicitly, so that no cargo feature elsewhere can swap it for one that
//! needs an async runtime, and so that the cause of a failure and a partial success are known.

mod client;

use self::client::{Answer, Client, Exchange};
use super::adapter::StockExporter;
use super::{ExportError, Exporter, FinishedSpan, OtlpSettings};
use crate::config::InitError;
use opentelemetry_otlp::{Protocol, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

const DEFAULT_ENDPOINT: &str = "http://localhost:4318/v1/traces";

/// Sends spans to an OpenTelemetry receiver over HTTP
/// ([OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp)).
///
/// Failed requests are repeated as the specification says, within the timeout of the batch. While
/// the receiver is down, each batch is tried once. Proxies are taken from `HTTP_PROXY`,
/// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
#[derive(Debug)]
pub struct OtlpHttpExporter {
    inner: StockExporter<opentelemetry_otlp::SpanExporter>,
    exchange: Arc<Exchange>,
    url: String,
    timeout: Duration,
    /// Whether something that the receiver only remarks on was said.
    remarked: bool,
}

impl OtlpHttpExporter {
    /// An exporter with these settings; connects when the first spans come.
    ///
    /// # Errors
    /// When the endpoint, a header or a certificate is not valid, or when the settings need a cargo
    /// feature that this build leaves out.
    pub fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        let url = settings.endpoint.clone().unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
        let shown = without_credentials(&url);
        let is_https = url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        let has_files = settings.certificate.is_some() || settings.client_certificate.is_some();
        if !cfg!(feature = "tls") && (is_https || has_files) {
            let wanted = format!("the endpoint {shown} with TLS");
            return Err(InitError::MissingFeature { wanted, feature: "tls" });
        }
        if !cfg!(feature = "gzip") && settings.gzip {
            let wanted = "compression with gzip".to_owned();
            return Err(InitError::MissingFeature { wanted, feature: "gzip" });
        }
        let exchange = Arc::new(Exchange::default());
        let client = Client::new(settings, &shown, Arc::clone(&exchange)).map_err(to_init_error)?;
        let mut builder = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&url)
            .with_timeout(settings.timeout)
            .with_http_client(client)
            // The client repeats: it knows the deadline and whether the receiver is down.
            .with_retry_policy(RetryPolicy::disabled());
        if settings.gzip {
            builder = builder.with_compression(opentelemetry_otlp::Compression::Gzip);
        }
        let inner = builder.build().map_err(|error| to_init_error(error.to_string()))?;
        Ok(Self {
            inner: StockExporter::new("otlp", inner),
            exchange,
            url: shown,
            timeout: settings.timeout,
            remarked: false,
        })
    }
}

impl Exporter for OtlpHttpExporter {
    fn name(&self) -> Cow<'static, str> {
        self.inner.name()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        self.exchange.begin(Instant::now() + self.timeout);
        let result = self.inner.export(batch);
        match (self.exchange.take_answer(), result) {
            (Some(Answer::Failed(cause)), _) => {
                Err(ExportError::new(format!("cannot send to {}: {cause}", self.url)))
            }
            (Some(Answer::Rejected { spans, message }), _) => {
                let lost = usize::try_from(spans).unwrap_or(usize::MAX).min(batch.len());
                let message = format!("{} rejected {lost} spans: {message}", self.url);
                Err(ExportError::partial(lost, message))
            }
            (Some(Answer::Remarked(message)), result) => {
                if !std::mem::replace(&mut self.remarked, true) {
                    crate::notice::notice(format_args!("{} remarks: {message}", self.url));
                }
                result
            }
            (None, result) => result,
        }
    }

    fn force_flush(&mut self) -> Result<(), ExportError> {
        self.inner.force_flush()
    }

    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        self.inner.shutdown(timeout)
    }
}

fn to_init_error(message: String) -> InitError {
    InitError::Exporter { name: "otlp".to_owned(), message }
}

/// The URL as it may be shown.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..authority_end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests;
