//! OTLP over HTTP: the runtime's own encoders on a small blocking client.
//!
//! | file | contents |
//! |---|---|
//! | `client.rs` | requests, and the interpretation of their responses |
//! | `head.rs` | the head of requests |
//! | `connection.rs` | one connection, with deadlines |
//! | `socket.rs`, `input.rs` | its socket and its received bytes |
//! | `response.rs` | the parsing of responses |
//! | `proxy.rs` | the proxy that the environment names |
//! | `tls.rs` | certificates and keys |

mod client;
mod connection;
mod head;
mod input;
mod proxy;
mod response;
mod socket;
#[cfg(feature = "tls")]
mod tls;

use self::client::HttpClient;
use super::answer::{Answer, Receiver, Undelivered};
use super::check;
use super::deadline::Deadline;
use super::encode::{Encode, SpanEncoder};
use super::encoder::Encoder;
#[cfg(feature = "gzip")]
use super::gzip::Gzip;
use super::parts::{Deliver, deliver};
use super::redact::Secrets;
use super::settings::{OtlpProtocol, OtlpSettings};
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::{ExportError, Exporter, FinishedSpan};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;

/// Sends spans to an OpenTelemetry receiver over HTTP
/// ([OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp)).
///
/// Failed requests are retried as the specification requires, within the timeout of the batch. While
/// the receiver is down, each batch is tried once; during shutdown, an unreachable receiver
/// is not tried again. A pause that a receiver requests (`Retry-After`) is observed, up to
/// 5 minutes: the queue holds new spans meanwhile, and neither a flush nor a shutdown
/// waits for it.
///
/// Batches larger than 4 MiB are sent in several requests
/// ([`OtlpSettings::max_request_size`]). They are encoded as protobuf, or as JSON with [`OtlpProtocol::HttpJson`].
///
/// # Proxies
/// `https://` endpoints are reached through `HTTPS_PROXY` by `CONNECT`, `http://` endpoints through
/// `HTTP_PROXY`, which gets the whole URL; `ALL_PROXY` applies to both, and names in lower case
/// take precedence. `NO_PROXY` lists hosts to reach directly: names with their subdomains, addresses,
/// networks such as `10.0.0.0/8`, each with or without a port, or `*`. This machine (`localhost`,
/// 127.0.0.0/8, `::1`) always is. A proxy is an `http://` URL, with or without credentials.
///
/// # TLS
/// With the feature `tls`, which is on by default, `https://` endpoints are verified against Mozilla's
/// roots, which are part of the binary, not against those of the operating system;
/// [`OtlpSettings::certificate`] names others.
pub struct OtlpHttpExporter {
    encoder: Encoder<SpanEncoder>,
    sender: HttpSender,
}

impl OtlpHttpExporter {
    /// Creates an exporter with these settings; it connects when the first spans come.
    ///
    /// # Errors
    /// When the endpoint, a header or a certificate is not valid, or when the settings need a cargo
    /// feature that this build leaves out.
    pub fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        Ok(Self {
            encoder: Encoder::new(settings.protocol)?,
            sender: HttpSender::new(settings, Signal::Traces)?,
        })
    }
}

impl Exporter for OtlpHttpExporter {
    fn name(&self) -> Cow<'static, str> {
        "otlp".into()
    }

    fn destination(&self) -> String {
        self.sender.destination()
    }

    fn set_resource(&mut self, resource: &Resource) {
        Encode::<[FinishedSpan<'_>]>::set_resource(&mut self.encoder, resource);
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        deliver(&mut self.encoder, &mut self.sender, batch).1
    }
}

impl fmt::Debug for OtlpHttpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpHttpExporter").field("sender", &self.sender).finish_non_exhaustive()
    }
}

/// Sends requests to one receiver, of one signal.
#[derive(Debug)]
pub(super) struct HttpSender {
    client: HttpClient,
    receiver: Receiver,
    max_request_size: usize,
    #[cfg(feature = "gzip")]
    gzip: Option<Gzip>,
}

impl HttpSender {
    pub(super) fn new(settings: &OtlpSettings, signal: Signal) -> Result<Self, InitError> {
        let endpoint = check::endpoint(settings, OtlpProtocol::HttpProtobuf, signal)?;
        if !cfg!(feature = "gzip") && settings.gzip {
            let wanted = "compression with gzip".to_owned();
            return Err(InitError::MissingFeature { wanted, feature: "gzip" });
        }
        let mut secrets = Secrets::of(settings, &endpoint);
        let url = endpoint.shown();
        let client = HttpClient::new(settings, endpoint).map_err(check::refused)?;
        if let Some(proxy) = &client.proxy {
            secrets.add_credentials(proxy);
        }
        Ok(Self {
            client,
            receiver: Receiver::new(url, signal, secrets),
            max_request_size: settings.longest_request(),
            #[cfg(feature = "gzip")]
            gzip: settings.gzip.then(Gzip::new),
        })
    }

    pub(super) fn destination(&self) -> String {
        format!("OTLP {}", self.receiver.origin())
    }

    fn post(&mut self, request: &[u8], deadline: Deadline) -> Result<Answer, Undelivered> {
        #[cfg(feature = "gzip")]
        let request = match &mut self.gzip {
            Some(gzip) => gzip
                .compress(request)
                .map_err(|error| Undelivered { cause: error.to_string(), later: None })?,
            None => request,
        };
        self.client.send(request, deadline)
    }
}

impl Deliver for HttpSender {
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
        let answer = self.post(request, deadline);
        self.receiver.settle(items, answer)
    }
}

#[cfg(test)]
mod raw_tests;
#[cfg(test)]
mod tests;
