//! OTLP over gRPC: opentelemetry-otlp's tonic exporter, with a runtime of its own.
//!
//! Tonic needs a tokio runtime while it is built and while it runs. It gets a small one that lives
//! on the exporter's thread, so it works whatever the program uses, and a program that blocks its
//! own runtime cannot block the export.

use super::adapter::StockExporter;
use super::{ExportError, Exporter, FinishedSpan, OtlpSettings};
use crate::config::InitError;
use opentelemetry_otlp::{RetryPolicy, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::time::Duration;
use tokio::runtime::Runtime;
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::Endpoint;

const DEFAULT_ENDPOINT: &str = "http://localhost:4317";

/// Sends spans to an OpenTelemetry receiver over gRPC
/// ([OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc)).
#[derive(Debug)]
pub struct OtlpGrpcExporter {
    // Dropped before the runtime that they run in.
    inner: Option<Clients>,
    runtime: Option<Runtime>,
    endpoint: Endpoint,
    metadata: MetadataMap,
    gzip: bool,
    timeout: Duration,
    resource: Resource,
}

/// Two exporters on one connection: while the receiver is down, each batch is tried once.
#[derive(Debug)]
struct Clients {
    repeating: StockExporter<SpanExporter>,
    once: StockExporter<SpanExporter>,
    is_down: bool,
}

impl OtlpGrpcExporter {
    /// An exporter with these settings; connects when the first spans come.
    ///
    /// # Errors
    /// When the endpoint, a header or a certificate is not valid, or when the settings need a cargo
    /// feature that this build leaves out.
    pub fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        let url = settings.endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT);
        let endpoint = Endpoint::from_shared(url.to_owned())
            .map_err(|error| to_init_error(format!("the endpoint `{url}`: {}", chain(&error))))?;
        let endpoint = tls(endpoint, settings, url)?;
        let mut metadata = MetadataMap::new();
        for (name, value) in &settings.headers {
            let key = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes())
                .map_err(|_| to_init_error(format!("`{name}` is not a header name")))?;
            let value = MetadataValue::try_from(value).map_err(|_| {
                to_init_error(format!(
                    "the value of header `{name}` holds characters that no header may hold"
                ))
            })?;
            metadata.append(key, value);
        }
        Ok(Self {
            inner: None,
            runtime: None,
            endpoint: endpoint.timeout(settings.timeout),
            metadata,
            gzip: settings.gzip,
            timeout: settings.timeout,
            resource: Resource::builder_empty().build(),
        })
    }

    /// Runtime and exporters, made on the exporter's own thread.
    fn parts(&mut self) -> Result<(&Runtime, &mut Clients), ExportError> {
        let failed = |error: &dyn std::fmt::Display| ExportError::new(error.to_string());
        if self.runtime.is_none() {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| failed(&error))?;
            self.runtime = Some(runtime);
        }
        let runtime = self.runtime.as_ref().ok_or_else(|| failed(&"no runtime"))?;
        if self.inner.is_none() {
            let _entered = runtime.enter();
            let channel = self.endpoint.connect_lazy();
            let client = |policy| -> Result<_, ExportError> {
                let mut builder = SpanExporter::builder()
                    .with_tonic()
                    .with_channel(channel.clone())
                    .with_timeout(self.timeout)
                    .with_metadata(self.metadata.clone())
                    .with_retry_policy(policy);
                if self.gzip {
                    builder = builder.with_compression(opentelemetry_otlp::Compression::Gzip);
                }
                let exporter = builder.build().map_err(|error| failed(&error))?;
                let mut exporter = StockExporter::new("otlp", exporter);
                exporter.set_resource(&self.resource);
                Ok(exporter)
            };
            self.inner = Some(Clients {
                repeating: client(RetryPolicy::recommended())?,
                once: client(RetryPolicy::disabled())?,
                is_down: false,
            });
        }
        let inner = self.inner.as_mut().ok_or_else(|| failed(&"no exporter"))?;
        Ok((runtime, inner))
    }
}

impl Exporter for OtlpGrpcExporter {
    fn name(&self) -> Cow<'static, str> {
        "otlp".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        let timeout = self.timeout;
        let url = self.endpoint.uri().clone();
        let (runtime, clients) = self.parts()?;
        let client = if clients.is_down { &clients.once } else { &clients.repeating };
        let sent = runtime.block_on(async {
            // Tonic's own timeout covers one attempt, not the repeated ones.
            tokio::time::timeout(timeout, client.send(batch)).await
        });
        clients.is_down = !matches!(sent, Ok(Ok(())));
        let failure = match sent {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => {
                let cause = error.to_string();
                let code = cause.strip_prefix("TonicTracesClient export failed with ");
                code.unwrap_or(&cause).to_owned()
            }
            Err(_) => format!("no answer within {timeout:?}"),
        };
        Err(ExportError::new(format!("cannot send to {url}: {failure}")))
    }

    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        let result = match (&self.runtime, &mut self.inner) {
            (Some(runtime), Some(inner)) => {
                let _entered = runtime.enter();
                inner.repeating.shutdown(timeout)
            }
            _ => Ok(()),
        };
        self.inner = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        result
    }
}

impl Drop for OtlpGrpcExporter {
    fn drop(&mut self) {
        // A runtime must not be dropped by waiting, should this happen within another.
        let _ = self.shutdown(Duration::ZERO);
    }
}

fn to_init_error(message: String) -> InitError {
    InitError::Exporter { name: "otlp".to_owned(), message }
}

/// An error and its sources on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

#[cfg(not(feature = "tls"))]
fn tls(endpoint: Endpoint, settings: &OtlpSettings, url: &str) -> Result<Endpoint, InitError> {
    let is_https = endpoint.uri().scheme_str() == Some("https");
    if is_https || settings.certificate.is_some() || settings.client_certificate.is_some() {
        let wanted = format!("the endpoint {url} with TLS");
        return Err(InitError::MissingFeature { wanted, feature: "tls" });
    }
    Ok(endpoint)
}

#[cfg(feature = "tls")]
fn tls(endpoint: Endpoint, settings: &OtlpSettings, _: &str) -> Result<Endpoint, InitError> {
    use std::path::Path;
    use tonic::transport::{Certificate, ClientTlsConfig, Identity};

    if endpoint.uri().scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| to_init_error(format!("{}: {error}", path.display())))
    };
    let mut config = ClientTlsConfig::new();
    config = match &settings.certificate {
        Some(path) => config.ca_certificate(Certificate::from_pem(read(path)?)),
        None => config.with_enabled_roots(),
    };
    match (&settings.client_certificate, &settings.client_key) {
        (Some(chain), Some(key)) => {
            config = config.identity(Identity::from_pem(read(chain)?, read(key)?));
        }
        (None, None) => {}
        _ => {
            let message = "a client certificate needs its key, and a key its certificate";
            return Err(to_init_error(message.to_owned()));
        }
    }
    endpoint.tls_config(config).map_err(|error| to_init_error(chain(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::SpanMaker;
    use std::net::TcpListener;
    use std::time::Instant;

    fn send(endpoint: String, timeout: Duration) -> String {
        let settings = OtlpSettings::default().with_endpoint(endpoint).with_timeout(timeout);
        let mut exporter = OtlpGrpcExporter::new(&settings).unwrap();
        let span = SpanMaker::new("work").build(|_| {});
        let error = exporter.export(&[&span]).unwrap_err().to_string();
        exporter.shutdown(Duration::from_secs(1)).unwrap();
        error
    }

    #[test]
    fn a_receiver_that_is_not_there_is_an_error() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = send(format!("http://127.0.0.1:{port}"), Duration::from_secs(5));
        assert!(
            error.starts_with(&format!("cannot send to http://127.0.0.1:{port}/: ")),
            "{error}"
        );
    }

    #[test]
    fn a_silent_receiver_costs_no_more_than_the_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let start = Instant::now();
        let timeout = Duration::from_millis(300);
        send(format!("http://{}", listener.local_addr().unwrap()), timeout);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }

    #[test]
    fn it_works_within_a_runtime_of_the_program() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            // Only made and dropped here; exports happen on a thread of their own.
            drop(OtlpGrpcExporter::new(&OtlpSettings::default()).unwrap());
        });
    }

    #[test]
    fn bad_settings_are_refused() {
        let refused = |settings: OtlpSettings| {
            OtlpGrpcExporter::new(&settings).map(drop).unwrap_err().to_string()
        };
        assert!(refused(OtlpSettings::default().with_endpoint("not a url")).contains("not a url"));
        let bad_header = OtlpSettings::default().with_header("bad name", "value");
        assert_eq!(refused(bad_header), "exporter `otlp`: `bad name` is not a header name");
    }
}
