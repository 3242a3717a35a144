//! Connects tonic: with the resolver that both transports share, the message as it was framed, and a
//! check of the answer.

use crate::export::contact::Contact;
use crate::export::hurry;
use crate::export::otlp::resolve::Resolver;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response, StatusCode, Uri, header};
use tonic::codegen::{Body as _, Service, StdError};
use tonic::transport::Channel;

type Pending<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// The time for each of several addresses before the next is tried.
const TIME_FOR_ADDRESS: Duration = Duration::from_secs(3);
/// The length of a body's text that is shown if it is not an answer.
const SHOWN: usize = 80;

/// Connects to one receiver.
pub(super) struct Connector {
    pub(super) resolver: Arc<Resolver>,
    pub(super) contact: Arc<Contact>,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pending<Self::Response, io::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (resolver, contact) = (self.resolver.clone(), self.contact.clone());
        Box::pin(async move {
            let _connecting = contact.connecting();
            connect_in_time(&resolver).await.map(TokioIo::new)
        })
    }
}

/// Connects, for less time when the program ends.
async fn connect_in_time(resolver: &Arc<Resolver>) -> io::Result<TcpStream> {
    match hurry::connect_by() {
        None => connect(resolver).await,
        Some(by) => {
            let late =
                || io::Error::new(io::ErrorKind::HostUnreachable, "no connection before the end");
            let connected = tokio::time::timeout_at(by.into(), connect(resolver)).await;
            connected.unwrap_or_else(|_| Err(late()))
        }
    }
}

async fn connect(resolver: &Arc<Resolver>) -> io::Result<TcpStream> {
    let addresses = resolver.addresses_async().await;
    let addresses =
        addresses.map_err(|cause| io::Error::new(io::ErrorKind::HostUnreachable, cause))?;
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (at, address) in addresses.iter().enumerate() {
        let is_last = at + 1 == addresses.len();
        let time = if is_last { Duration::MAX } else { TIME_FOR_ADDRESS };
        match tokio::time::timeout(time, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it the end of a request may wait for an acknowledgement.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => failure = error,
            Err(_) => failure = io::ErrorKind::TimedOut.into(),
        }
    }
    resolver.expire();
    Err(failure)
}

/// An answer with a success status is not gRPC.
#[derive(Debug)]
pub(super) struct NotGrpc {
    content_type: String,
    begin: String,
}

impl fmt::Display for NotGrpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { content_type, begin } = self;
        write!(f, "it answered 200 with `{content_type}`, which is no answer of gRPC: {begin}")
    }
}

impl std::error::Error for NotGrpc {}

/// A channel that sends a framed message, where tonic would copy it, and that checks answers before
/// tonic does.
pub(super) struct FramedChannel {
    pub(super) channel: Channel,
    pub(super) message: Bytes,
}

impl Service<Request<Body>> for FramedChannel {
    type Response = Response<Body>;
    type Error = StdError;
    type Future = Pending<Response<Body>, StdError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StdError>> {
        self.channel.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let message = self.message.clone();
        let answer = self.channel.call(request.map(|_| Body::new(Full::new(message))));
        Box::pin(async move {
            let mut response = answer.await?;
            // gRPC defines the meaning of other statuses.
            let kind = response.headers().get(header::CONTENT_TYPE);
            let is_grpc = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
            if is_grpc || response.status() != StatusCode::OK {
                return Ok(response);
            }
            let content_type = kind.map_or("no content type".to_owned(), |kind| {
                kind.as_bytes().escape_ascii().to_string()
            });
            let body = response.body_mut();
            let first = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
            let data = first.and_then(Result::ok).and_then(|frame| frame.into_data().ok());
            let data = data.unwrap_or_default();
            let begin = data[..data.len().min(SHOWN)].escape_ascii().to_string();
            Err(NotGrpc { content_type, begin }.into())
        })
    }
}
