//! OTLP over gRPC: our own encoder on tonic's client, with a runtime of its own.
//!
//! Tonic needs a tokio runtime while it connects and while it sends. It gets a small one that lives
//! on the exporter's thread, so it works whatever the program uses, and a program that blocks its
//! own runtime cannot block the export.

mod client;

use self::client::Client;
use super::OtlpSettings;
use super::answer::{Receiver, without_credentials};
use super::encode::Encoder;
use crate::config::InitError;
use crate::export::{ExportError, Exporter, FinishedSpan};
use bytes::Bytes;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;
use tokio::runtime::Runtime;

const DEFAULT_ENDPOINT: &str = "http://localhost:4317";

/// Sends spans to an OpenTelemetry receiver over gRPC
/// ([OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc)).
///
/// Failed requests are repeated as the specification says, within the timeout of the batch. While
/// the receiver is down, each batch is tried once.
pub struct OtlpGrpcExporter {
    encoder: Encoder,
    // Dropped before the runtime that it runs in.
    client: Client,
    runtime: Option<Runtime>,
    receiver: Receiver,
}

impl OtlpGrpcExporter {
    /// An exporter with these settings; connects when the first spans come.
    ///
    /// # Errors
    /// When the endpoint, a header or a certificate is not valid, or when the settings need a cargo
    /// feature that this build leaves out.
    pub fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        let url = settings.endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT);
        let has_files = settings.certificate.is_some() || settings.client_certificate.is_some();
        let is_https = url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        if !cfg!(feature = "tls") && (is_https || has_files) {
            let wanted = format!("the endpoint {} with TLS", without_credentials(url));
            return Err(InitError::MissingFeature { wanted, feature: "tls" });
        }
        let client = Client::new(settings, url)
            .map_err(|message| InitError::Exporter { name: "otlp".to_owned(), message })?;
        Ok(Self {
            encoder: Encoder::default(),
            client,
            runtime: None,
            receiver: Receiver::new(url),
        })
    }

    fn end(&mut self) {
        self.client.disconnect();
        if let Some(runtime) = self.runtime.take() {
            // A runtime must not be dropped by waiting, should this happen within another.
            runtime.shutdown_background();
        }
    }
}

impl Exporter for OtlpGrpcExporter {
    fn name(&self) -> Cow<'static, str> {
        "otlp".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.encoder.set_resource(resource);
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        let request = Bytes::copy_from_slice(self.encoder.encode(batch));
        let runtime = match &mut self.runtime {
            Some(runtime) => runtime,
            // Made on the exporter's own thread.
            empty => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                empty.insert(runtime.map_err(|error| ExportError::new(error.to_string()))?)
            }
        };
        let answer = runtime.block_on(self.client.send(request));
        self.receiver.settle(batch.len(), answer)
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.end();
        Ok(())
    }
}

impl Drop for OtlpGrpcExporter {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for OtlpGrpcExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpGrpcExporter").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
