//! OTLP over gRPC: the runtime's own encoder on tonic's client.
//!
//! | file | contents |
//! |---|---|
//! | `client.rs` | calls, and the interpretation of their results |
//! | `message.rs` | the message of a call |
//! | `shared.rs` | the connection and the tokio runtime that exporters share |
//! | `connect.rs` | the connector, and the service around the channel |

mod client;
mod connect;
mod message;
mod shared;

pub(super) use shared::keep_over_forks;

use self::client::GrpcClient;
use super::answer::Receiver;
use super::check;
use super::deadline::Deadline;
use super::encode::{Encode, SpanEncoder};
use super::parts::{Deliver, deliver};
use super::redact::Secrets;
use super::settings::{OtlpProtocol, OtlpSettings};
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::{ExportError, Exporter, FinishedSpan};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// Sends spans to an OpenTelemetry receiver over gRPC
/// ([OTLP/gRPC](https://opentelemetry.io/docs/specs/otlp/#otlpgrpc)).
///
/// Failed requests are retried as the specification requires, within the timeout of the batch. While
/// the receiver is down, each batch is tried once; during shutdown, an unreachable receiver
/// is not tried again. A pause that a receiver requests (`google.rpc.RetryInfo`) is observed,
/// up to 5 minutes: the queue holds new spans meanwhile, and neither a flush nor a shutdown
/// waits for it. An answer of more than [`OtlpSettings::max_response_size`] is a failure that is not retried: the receiver
/// has accepted the request.
///
/// Batches larger than 4 MiB are sent in several requests
/// ([`OtlpSettings::max_request_size`]). Path and query of an endpoint are not used, and neither are
/// proxies. With the feature `tls`, `https://` endpoints are verified against Mozilla's roots,
/// which are part of the binary; [`OtlpSettings::certificate`] names others.
pub struct OtlpGrpcExporter {
    encoder: SpanEncoder,
    sender: GrpcSender,
}

impl OtlpGrpcExporter {
    /// Creates an exporter with these settings; it connects when the first spans come.
    ///
    /// # Errors
    /// When the endpoint, a header or a certificate is not valid, or when the settings need a cargo
    /// feature that this build leaves out.
    pub fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        Ok(Self {
            encoder: SpanEncoder::default(),
            sender: GrpcSender::new(settings, Signal::Traces)?,
        })
    }
}

impl Exporter for OtlpGrpcExporter {
    fn name(&self) -> Cow<'static, str> {
        "otlp".into()
    }

    fn destination(&self) -> String {
        self.sender.destination()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.encoder.set_resource(resource);
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        deliver(&mut self.encoder, &mut self.sender, batch).1
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.sender.client.disconnect();
        Ok(())
    }
}

impl fmt::Debug for OtlpGrpcExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver = &self.sender.receiver;
        f.debug_struct("OtlpGrpcExporter").field("receiver", receiver).finish_non_exhaustive()
    }
}

/// Sends requests to one receiver, of one signal.
pub(super) struct GrpcSender {
    client: GrpcClient,
    receiver: Receiver,
    max_request_size: usize,
}

impl GrpcSender {
    pub(super) fn new(settings: &OtlpSettings, signal: Signal) -> Result<Self, InitError> {
        let endpoint = check::endpoint(settings, OtlpProtocol::Grpc, signal)?;
        let secrets = Secrets::of(settings, &endpoint);
        Ok(Self {
            client: GrpcClient::new(settings, &endpoint, signal).map_err(check::refused)?,
            receiver: Receiver::new(endpoint.origin(), signal, secrets),
            max_request_size: settings.longest_request(),
        })
    }

    pub(super) fn destination(&self) -> String {
        format!("OTLP/gRPC {}", self.receiver.origin())
    }
}

impl Deliver for GrpcSender {
    fn deadline(&self) -> Deadline {
        self.client.retries.deadline()
    }

    fn max_request_size(&self) -> usize {
        self.max_request_size
    }

    fn too_large(&self, bytes: usize) -> ExportError {
        self.receiver.too_large(bytes, self.max_request_size)
    }

    fn send(
        &mut self,
        items: usize,
        request: &[u8],
        deadline: Deadline,
    ) -> Result<(), ExportError> {
        let answer = self.client.send(request, deadline);
        self.receiver.settle(items, answer)
    }
}

impl Drop for GrpcSender {
    fn drop(&mut self) {
        self.client.disconnect();
    }
}

#[cfg(test)]
mod tests;
