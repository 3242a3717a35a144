//! OTLP over HTTP/protobuf: our own encoder on a small blocking client.

mod client;

use self::client::Client;
use super::OtlpSettings;
use super::answer::{Answer, Receiver};
use super::check;
use super::encode::Encoder;
use super::signal::{Signal, TRACES};
use crate::config::InitError;
use crate::export::{ExportError, Exporter, FinishedSpan};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;

/// Sends spans to an OpenTelemetry receiver over HTTP
/// ([OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp)).
///
/// Failed requests are repeated as the specification says, within the timeout of the batch. While
/// the receiver is down, each batch is tried once. Proxies are taken from `HTTP_PROXY`,
/// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
#[derive(Debug)]
pub struct OtlpHttpExporter {
    encoder: Encoder,
    sender: Sender,
}

impl OtlpHttpExporter {
    /// An exporter with these settings; connects when the first spans come.
    ///
    /// # Errors
    /// When the endpoint, a header or a certificate is not valid, or when the settings need a cargo
    /// feature that this build leaves out.
    pub fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        Ok(Self { encoder: Encoder::default(), sender: Sender::new(settings, &TRACES)? })
    }
}

impl Exporter for OtlpHttpExporter {
    fn name(&self) -> Cow<'static, str> {
        "otlp".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.encoder.set_resource(resource);
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        self.sender.send(batch.len(), self.encoder.encode(batch))
    }
}

/// Requests to one receiver, of one signal.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    receiver: Receiver,
    #[cfg(feature = "gzip")]
    gzip: Option<Vec<u8>>,
}

impl Sender {
    pub(super) fn new(settings: &OtlpSettings, signal: &'static Signal) -> Result<Self, InitError> {
        let url = settings.endpoint.clone().unwrap_or_else(|| signal.http_endpoint.to_owned());
        check::settings(settings, &url)?;
        if !cfg!(feature = "gzip") && settings.gzip {
            let wanted = "compression with gzip".to_owned();
            return Err(InitError::MissingFeature { wanted, feature: "gzip" });
        }
        let client = Client::new(settings, &url).map_err(check::refused)?;
        Ok(Self {
            client,
            receiver: Receiver::new(&url, signal),
            #[cfg(feature = "gzip")]
            gzip: settings.gzip.then(Vec::new),
        })
    }

    /// Delivers a request of so many items.
    pub(super) fn send(&mut self, items: usize, request: &[u8]) -> Result<(), ExportError> {
        let answer = self.post(request);
        self.receiver.settle(items, answer)
    }

    fn post(&mut self, request: &[u8]) -> Result<Answer, String> {
        #[cfg(feature = "gzip")]
        let request = match &mut self.gzip {
            Some(compressed) => compress(request, compressed).map_err(|error| error.to_string())?,
            None => request,
        };
        self.client.send(request)
    }
}

/// `request` with gzip, in a buffer that is used again.
#[cfg(feature = "gzip")]
fn compress<'a>(request: &[u8], buffer: &'a mut Vec<u8>) -> std::io::Result<&'a [u8]> {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    buffer.clear();
    let mut encoder = GzEncoder::new(&mut *buffer, Compression::default());
    encoder.write_all(request)?;
    encoder.finish()?;
    Ok(buffer)
}

#[cfg(test)]
mod tests;
