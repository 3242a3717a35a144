//! The gRPC client: one call, repeated while the specification and the deadline allow
//! ([failures](https://opentelemetry.io/docs/specs/otlp/#failures)).
//!
//! It knows gRPC, not what it sends.

use crate::config::secrets::without_credentials;
use crate::export::OtlpSettings;
use crate::export::otlp::answer::Answer;
use crate::export::otlp::check::header;
use crate::export::otlp::retry::{Attempts, Failure, is_final, sources};
use crate::export::otlp::signal::Signal;
use bytes::{Buf, BufMut, Bytes};
use std::error::Error;
use std::time::Duration;
use tonic::client::Grpc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Extensions, Request, Status};
use tonic_types::StatusExt;

pub(super) struct Client {
    endpoint: Endpoint,
    method: PathAndQuery,
    metadata: MetadataMap,
    gzip: bool,
    timeout: Duration,
    /// Made within the runtime that it runs in.
    channel: Option<Channel>,
    /// The last batch could not be delivered: try once, not over and over.
    is_down: bool,
}

impl Client {
    pub(super) fn new(
        settings: &OtlpSettings,
        url: &str,
        signal: &'static Signal,
    ) -> Result<Self, String> {
        let shown = without_credentials(url);
        let endpoint = Endpoint::from_shared(url.to_owned())
            .and_then(|endpoint| {
                endpoint.user_agent(concat!("trace-runtime/", env!("CARGO_PKG_VERSION"), " (Rust)"))
            })
            .map_err(|error| format!("the endpoint `{shown}`: {}", root(&error)))?;
        #[cfg(feature = "tls")]
        let endpoint = tls(endpoint, settings)?;
        Ok(Self {
            endpoint,
            method: PathAndQuery::from_static(signal.grpc_method),
            metadata: metadata(settings)?,
            gzip: settings.gzip,
            timeout: settings.timeout,
            channel: None,
            is_down: false,
        })
    }

    /// Gives the connection back.
    pub(super) fn disconnect(&mut self) {
        self.channel = None;
    }

    /// Sends one request, and again while that may help; the error says why it was in vain.
    pub(super) async fn send(&mut self, request: Bytes) -> Result<Answer, String> {
        let channel = self.channel.get_or_insert_with(|| self.endpoint.connect_lazy());
        let mut grpc = Grpc::new(channel.clone()).accept_compressed(CompressionEncoding::Gzip);
        if self.gzip {
            grpc = grpc.send_compressed(CompressionEncoding::Gzip);
        }
        let mut attempts = Attempts::new(self.timeout, self.is_down);
        let result = loop {
            let call = call(&mut grpc, &self.method, self.metadata.clone(), request.clone());
            let failure = match tokio::time::timeout(attempts.remaining(), call).await {
                Ok(Ok(answer)) => break Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) => break Err(format!("no answer within {:?}", self.timeout)),
            };
            match attempts.next(failure) {
                Ok(pause) => tokio::time::sleep(pause).await,
                Err(cause) => break Err(cause),
            }
        };
        self.is_down = result.is_err();
        result
    }
}

async fn call(
    grpc: &mut Grpc<Channel>,
    method: &PathAndQuery,
    metadata: MetadataMap,
    request: Bytes,
) -> Result<Answer, Failure> {
    grpc.ready().await.map_err(|error| broken(&error))?;
    let request = Request::from_parts(metadata, Extensions::default(), request);
    let response = grpc.unary(request, method.clone(), Encoded).await;
    let response = response.map_err(|status| failure(&status))?;
    Ok(response.into_inner())
}

fn failure(status: &Status) -> Failure {
    // What a receiver says has no source; what has one happened on this side of the wire.
    if let Some(source) = status.source() {
        return broken(source);
    }
    let pause = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let retry = match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::ResourceExhausted => pause.is_some(),
        _ => false,
    };
    let cause = match status.message().trim() {
        "" => format!("it answered {:?}", status.code()),
        message => format!("it answered {:?}: {message}", status.code()),
    };
    Failure { cause, retry, pause }
}

/// The connection could not be made, or it broke.
fn broken(error: &(dyn Error + 'static)) -> Failure {
    Failure { cause: root(error), retry: !is_final(error), pause: None }
}

/// What is behind an error; the layers above it only say that there was one.
fn root(error: &(dyn Error + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}

fn metadata(settings: &OtlpSettings) -> Result<MetadataMap, String> {
    let mut metadata = MetadataMap::new();
    for (name, value) in &settings.headers {
        let key = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
        let (key, mut value) = header(name, key.ok(), MetadataValue::try_from(value).ok())?;
        value.set_sensitive(true);
        metadata.append(key, value);
    }
    Ok(metadata)
}

#[cfg(feature = "tls")]
fn tls(endpoint: Endpoint, settings: &OtlpSettings) -> Result<Endpoint, String> {
    use std::path::Path;
    use tonic::transport::{Certificate, ClientTlsConfig, Identity};

    if endpoint.uri().scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    let read =
        |path: &Path| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let mut config = ClientTlsConfig::new();
    config = match &settings.certificate {
        Some(path) => config.ca_certificate(Certificate::from_pem(read(path)?)),
        None => config.with_enabled_roots(),
    };
    if let (Some(chain), Some(key)) = (&settings.client_certificate, &settings.client_key) {
        config = config.identity(Identity::from_pem(read(chain)?, read(key)?));
    }
    endpoint.tls_config(config).map_err(|error| root(&error))
}

/// Requests are encoded already; of answers only a little is read.
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Answer;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, request: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(request);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Answer;
    type Error = Status;

    fn decode(&mut self, answer: &mut DecodeBuf<'_>) -> Result<Option<Answer>, Status> {
        let answer = answer.copy_to_bytes(answer.remaining());
        Ok(Some(Answer::read(&answer)))
    }
}
