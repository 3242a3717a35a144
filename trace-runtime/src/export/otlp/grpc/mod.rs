//! OTLP over gRPC: our own encoder on tonic's client, with a runtime of its own.
//!
//! Tonic needs a tokio runtime while it connects and while it sends. It gets a small one that lives
//! on the exporter's thread, so it works whatever the program uses, and a program that blocks its
//! own runtime cannot block the export.

mod client;

use self::client::Client;
use super::OtlpSettings;
use super::answer::Receiver;
use super::check;
use super::encode::Encoder;
use super::signal::{Signal, TRACES};
use crate::config::InitError;
use crate::export::{ExportError, Exporter, FinishedSpan};
use bytes::Bytes;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Of all signals.
const DEFAULT_ENDPOINT: &str = "http://localhost:4317";

/// Sends spans to an OpenTelemetry receiver over gRPC
/// ([OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc)).
///
/// Failed requests are repeated as the specification says, within the timeout of the batch. While
/// the receiver is down, each batch is tried once.
pub struct OtlpGrpcExporter {
    encoder: Encoder,
    sender: Sender,
}

impl OtlpGrpcExporter {
    /// An exporter with these settings; connects when the first spans come.
    ///
    /// # Errors
    /// When the endpoint, a header or a certificate is not valid, or when the settings need a cargo
    /// feature that this build leaves out.
    pub fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        Ok(Self { encoder: Encoder::default(), sender: Sender::new(settings, &TRACES)? })
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
        self.sender.send(batch.len(), self.encoder.encode(batch))
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.sender.end();
        Ok(())
    }
}

impl fmt::Debug for OtlpGrpcExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver = &self.sender.receiver;
        f.debug_struct("OtlpGrpcExporter").field("receiver", receiver).finish_non_exhaustive()
    }
}

/// Requests to one receiver, of one signal.
pub(super) struct Sender {
    // Dropped before the runtime that it runs in.
    client: Client,
    runtime: Option<Runtime>,
    receiver: Receiver,
}

impl Sender {
    pub(super) fn new(settings: &OtlpSettings, signal: &'static Signal) -> Result<Self, InitError> {
        let url = settings.endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT);
        check::settings(settings, url)?;
        let client = Client::new(settings, url, signal).map_err(check::refused)?;
        Ok(Self { client, runtime: None, receiver: Receiver::new(url, signal) })
    }

    /// Delivers a request of so many items.
    pub(super) fn send(&mut self, items: usize, request: &[u8]) -> Result<(), ExportError> {
        let request = Bytes::copy_from_slice(request);
        let runtime = match &mut self.runtime {
            Some(runtime) => runtime,
            // Made on the exporter's own thread.
            empty => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                empty.insert(runtime.map_err(|error| ExportError::new(error.to_string()))?)
            }
        };
        let answer = runtime.block_on(self.client.send(request));
        self.receiver.settle(items, answer)
    }

    fn end(&mut self) {
        self.client.disconnect();
        if let Some(runtime) = self.runtime.take() {
            // A runtime must not be dropped by waiting, should this happen within another.
            runtime.shutdown_background();
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests;
