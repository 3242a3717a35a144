//! The gRPC client: one call, retried while the specification and the deadline allow
//! ([failures](https://opentelemetry.io/docs/specs/otlp/#failures)).
//!
//! It depends on gRPC, not on the contents of requests.

use super::connect::{FramedChannel, NotGrpc};
use super::message::Framer;
use super::shared::{ChannelTarget, SharedChannel};
use crate::export::OtlpSettings;
use crate::export::endpoint::Endpoint as Address;
use crate::export::hurry;
use crate::export::otlp::answer::{Answer, Undelivered, too_much};
use crate::export::otlp::check::header;
use crate::export::otlp::deadline::Deadline;
use crate::export::otlp::retry::{AttemptFailure, Retries, is_final, is_unreachable, sources};
#[cfg(feature = "tls")]
use crate::export::secrets;
use crate::export::signal::Signal;
use bytes::Buf;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tonic::client::Grpc;
use tonic::codec::{
    BufferSettings, Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder,
};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::Endpoint;
use tonic::{Code, Extensions, Request, Status};
use tonic_types::StatusExt;

pub(super) struct GrpcClient {
    target: ChannelTarget,
    method: PathAndQuery,
    metadata: MetadataMap,
    framer: Framer,
    gzip: bool,
    max_response_size: usize,
    /// Created on the exporter's own thread.
    shared: Option<Arc<SharedChannel>>,
    pub(super) retries: Retries,
}

impl GrpcClient {
    pub(super) fn new(
        settings: &OtlpSettings,
        address: &Address,
        signal: Signal,
    ) -> Result<Self, String> {
        let origin = address.origin();
        let endpoint = Endpoint::from_shared(origin.clone())
            .and_then(|endpoint| {
                endpoint.user_agent(concat!("trace-runtime/", env!("CARGO_PKG_VERSION"), " (Rust)"))
            })
            .map_err(|error| format!("the endpoint `{origin}`: {}", root(&error)))?;
        #[cfg(feature = "tls")]
        let endpoint = tls(endpoint, settings)?;
        Ok(Self {
            target: ChannelTarget::new(settings, endpoint, address),
            method: PathAndQuery::from_static(signal.grpc_method()),
            metadata: metadata(settings, address)?,
            framer: Framer::new(settings.gzip),
            gzip: settings.gzip,
            max_response_size: settings.max_response_size,
            shared: None,
            retries: Retries::new(settings.timeout),
        })
    }

    /// Closes the connection, unless other exporters use it.
    pub(super) fn disconnect(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.leave();
        }
    }

    /// Sends one request, and retries while that may help.
    pub(super) fn send(
        &mut self,
        request: &[u8],
        deadline: Deadline,
    ) -> Result<Answer, Undelivered> {
        let failed = |cause: String| Undelivered { cause, later: None };
        let message = self.framer.frame(request).map_err(failed)?;
        let shared = match &mut self.shared {
            Some(shared) => shared,
            empty => {
                empty.insert(SharedChannel::to(&self.target).map_err(|e| failed(e.to_string()))?)
            }
        };
        hurry::uses(&shared.contact);
        let mut grpc = Grpc::new(FramedChannel { channel: shared.channel.clone(), message });
        let most = self.max_response_size;
        grpc = grpc.accept_compressed(CompressionEncoding::Gzip).max_decoding_message_size(most);
        if self.gzip {
            grpc = grpc.send_compressed(CompressionEncoding::Gzip);
        }
        let (method, metadata) = (&self.method, &self.metadata);
        self.retries.run(deadline, |retries, deadline| {
            shared.runtime.block_on(async {
                let call = call(&mut grpc, method, metadata.clone(), most);
                let left = deadline.left().unwrap_or(Duration::MAX);
                let answer = tokio::time::timeout(left, call).await;
                answer.unwrap_or_else(|_| Err(retries.no_answer()))
            })
        })
    }
}

async fn call(
    grpc: &mut Grpc<FramedChannel>,
    method: &PathAndQuery,
    metadata: MetadataMap,
    max_response_size: usize,
) -> Result<Answer, AttemptFailure> {
    grpc.ready().await.map_err(|error| broken(&*error))?;
    let request = Request::from_parts(metadata, Extensions::default(), ());
    let response = grpc.unary(request, method.clone(), Framed).await;
    let response = response.map_err(|status| failure(&status, max_response_size))?;
    Ok(response.into_inner())
}

/// The beginning of tonic's message for an answer that is too large, whose code would otherwise
/// request a retry.
const TOO_LARGE: &str = "Error, decoded message length too large";

fn failure(status: &Status, max_response_size: usize) -> AttemptFailure {
    // A receiver's status has no source; a status with one comes from this side of the wire.
    if let Some(source) = status.source() {
        return broken(source);
    }
    if status.code() == Code::OutOfRange && status.message().starts_with(TOO_LARGE) {
        return AttemptFailure::permanent(too_much(max_response_size));
    }
    let silence = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let retry = match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::ResourceExhausted => silence.is_some(),
        _ => false,
    };
    let cause = match status.message().trim() {
        "" => format!("it answered {:?}", status.code()),
        message => format!("it answered {:?}: {message}", status.code()),
    };
    AttemptFailure { retry, silence, ..AttemptFailure::permanent(cause) }
}

/// Returns the failure of a connection that could not be made, or broke.
fn broken(error: &(dyn Error + 'static)) -> AttemptFailure {
    let is_other = sources(error).any(<dyn Error>::is::<NotGrpc>);
    AttemptFailure {
        retry: !is_final(error) && !is_other,
        unreachable: is_unreachable(error),
        ..AttemptFailure::passing(root(error))
    }
}

/// Returns the root of an error; the layers above it add no information.
fn root(error: &(dyn Error + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}

fn metadata(settings: &OtlpSettings, address: &Address) -> Result<MetadataMap, String> {
    let mut metadata = MetadataMap::new();
    for (name, value) in &settings.headers {
        let key = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
        let (key, mut value) = header(name, key.ok(), MetadataValue::try_from(value).ok())?;
        value.set_sensitive(true);
        metadata.append(key, value);
    }
    if !metadata.contains_key("authorization")
        && let Some(authorization) = address.basic_authorization()
        && let Ok(mut value) = MetadataValue::try_from(authorization)
    {
        value.set_sensitive(true);
        metadata.insert("authorization", value);
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
    let read = |path: &Path| {
        let shown = secrets::path(&path.to_string_lossy());
        std::fs::read(path).map_err(|error| format!("{shown}: {error}"))
    };
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

/// Requests are already framed; only a little of an answer is read.
struct Framed;

impl Codec for Framed {
    type Encode = ();
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

impl Encoder for Framed {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(0, 0)
    }
}

impl Decoder for Framed {
    type Item = Answer;
    type Error = Status;

    fn decode(&mut self, answer: &mut DecodeBuf<'_>) -> Result<Option<Answer>, Status> {
        let answer = answer.copy_to_bytes(answer.remaining());
        let read = Answer::read(&answer);
        read.map(Some).ok_or_else(|| Status::internal("what it answered is no answer of OTLP"))
    }
}
