//! OTLP over HTTP/protobuf: our own encoder on a small blocking client.

mod client;

use self::client::{Answer, Client};
use super::otlp_encode::Encoder;
use super::{ExportError, Exporter, FinishedSpan, OtlpSettings};
use crate::config::InitError;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;

const DEFAULT_ENDPOINT: &str = "http://localhost:4318/v1/traces";

/// Sends spans to an OpenTelemetry receiver over HTTP
/// ([OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp)).
///
/// Failed requests are repeated as the specification says, within the timeout of the batch. While
/// the receiver is down, each batch is tried once. Proxies are taken from `HTTP_PROXY`,
/// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
#[derive(Debug)]
pub struct OtlpHttpExporter {
    encoder: Encoder,
    client: Client,
    /// The URL as it may be shown.
    url: String,
    #[cfg(feature = "gzip")]
    gzip: Option<Vec<u8>>,
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
        let client = Client::new(settings, &url, &shown)
            .map_err(|message| InitError::Exporter { name: "otlp".to_owned(), message })?;
        Ok(Self {
            encoder: Encoder::default(),
            client,
            url: shown,
            #[cfg(feature = "gzip")]
            gzip: settings.gzip.then(Vec::new),
            remarked: false,
        })
    }

    fn send(&mut self, batch: &[&FinishedSpan]) -> Result<Answer, String> {
        let request = self.encoder.encode(batch);
        #[cfg(feature = "gzip")]
        let request = match &mut self.gzip {
            Some(compressed) => compress(request, compressed).map_err(|error| error.to_string())?,
            None => request,
        };
        self.client.send(request)
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
        let Answer { rejected, message } = self
            .send(batch)
            .map_err(|cause| ExportError::new(format!("cannot send to {}: {cause}", self.url)))?;
        if rejected > 0 {
            let lost = usize::try_from(rejected).unwrap_or(usize::MAX).min(batch.len());
            let message = format!("{} rejected {lost} spans: {message}", self.url);
            return Err(ExportError::partial(lost, message));
        }
        if !message.is_empty() && !std::mem::replace(&mut self.remarked, true) {
            crate::notice::notice(format_args!("{} remarks: {message}", self.url));
        }
        Ok(())
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
