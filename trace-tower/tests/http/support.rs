//! Provides requests, bodies, and servers on loopback.

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::net::TcpListener;
use tower::{Service, ServiceExt as _};
use trace_runtime::Instrument as _;

/// A request without a body.
pub(crate) fn get(uri: &str) -> Request<Body> {
    Request::get(uri).header("host", "shop.test").body(Body::empty()).unwrap()
}

/// Sends a request to a router, and reads the answer to its end.
pub(crate) async fn send(app: &Router, request: Request<Body>) -> Response<String> {
    let response = app.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Response::from_parts(head, String::from_utf8_lossy(&bytes).into_owned())
}

/// A body of these frames; an error ends it.
#[derive(Debug, Default)]
pub(crate) struct Frames(pub(crate) VecDeque<Result<Frame<Bytes>, &'static str>>);

impl Frames {
    pub(crate) fn of<const N: usize>(frames: [Result<Frame<Bytes>, &'static str>; N]) -> Self {
        Self(frames.into())
    }
}

/// A frame of data.
pub(crate) fn data(text: &'static str) -> Result<Frame<Bytes>, &'static str> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

impl hyper::body::Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        trace_runtime::in_span("frame", |_| ());
        Poll::Ready(self.0.pop_front())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// Runs what hyper spawns in the context in which it is spawned.
#[derive(Clone, Debug)]
struct InContext;

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for InContext {
    fn execute(&self, future: F) {
        tokio::spawn(future.in_current_span());
    }
}

/// Which protocol a server on loopback speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http1,
    Http2,
}

/// Serves on loopback, in the capture of the test, until the test ends.
pub(crate) async fn serve<S, B>(service: S, speaks: Speaks) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    B: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accept = async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (io, service) = (TokioIo::new(stream), TowerToHyperService::new(service.clone()));
            let connection = async move {
                // A client that goes away is no concern of the server's.
                let _ = match speaks {
                    Speaks::Http1 => {
                        let http = hyper::server::conn::http1::Builder::new();
                        http.serve_connection(io, service).await
                    }
                    Speaks::Http2 => {
                        let http = hyper::server::conn::http2::Builder::new(InContext);
                        http.serve_connection(io, service).await
                    }
                };
            };
            tokio::spawn(connection.in_current_span());
        }
    };
    tokio::spawn(accept.in_current_span());
    address
}

/// The client of hyper-util.
pub(crate) fn hyper_client<B>()
-> hyper_util::client::legacy::Client<hyper_util::client::legacy::connect::HttpConnector, B>
where
    B: hyper::body::Body<Data: Send> + Send,
{
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}
