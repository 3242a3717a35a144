//! Tests gRPC, by tonic over loopback and by hand.

use crate::support::{Frames, Speaks, data, serve};
use axum::body::Body;
use bytes::{Buf as _, BufMut as _, Bytes};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use std::convert::Infallible;
use std::time::Duration;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::{Layer, ServiceExt as _, service_fn};
use trace_runtime::{SpanKind, in_span, span::Outcome};
use trace_testkit::{Capture, tree};
use trace_tower::{ClientLayer, ClientService, ServerLayer};

/// Messages that are bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, dst: &mut EncodeBuf<'_>) -> Result<(), Status> {
        dst.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, src: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(src.copy_to_bytes(src.remaining())))
    }
}

/// The one method of the service: echoes, or fails with the code that the message names.
async fn echo(request: tonic::Request<Bytes>) -> Result<tonic::Response<Bytes>, Status> {
    in_span("echo", |_| ());
    let message = request.into_inner();
    match std::str::from_utf8(&message).ok().and_then(|text| text.parse().ok()) {
        Some(code) => Err(Status::new(Code::from_i32(code), "as you like")),
        None => Ok(tonic::Response::new(message)),
    }
}

/// The client of a server with that method, and what it answers for all others.
async fn start() -> ClientService<Channel> {
    let service = service_fn(async |request: Request<hyper::body::Incoming>| {
        let response = match request.uri().path() {
            "/shop.Cart/Echo" => {
                let method = service_fn(echo);
                tonic::server::Grpc::new(Raw).unary(method, request).await
            }
            _ => Status::unimplemented("").into_http(),
        };
        Ok::<_, Infallible>(response)
    });
    let address = serve(ServerLayer::new().layer(service), Speaks::Http2).await;
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    ClientLayer::new().with_server(address.to_string()).layer(channel.connect().await.unwrap())
}

async fn call(
    channel: ClientService<Channel>,
    path: &'static str,
    message: &'static str,
) -> Result<Bytes, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(path);
    let request = tonic::Request::new(Bytes::from_static(message.as_bytes()));
    client.unary(request, path, Raw).await.map(tonic::Response::into_inner)
}

#[trace_testkit::test]
async fn a_call_is_one_trace_by_the_conventions_of_rpc(t: Capture) {
    let channel = start().await;
    assert_eq!(call(channel, "/shop.Cart/Echo", "hello").await.unwrap(), "hello");
    let patience = Duration::from_secs(20);
    t.eventually(patience, |t| {
        t.assert_tree(tree! { "shop.Cart/Echo" => { "shop.Cart/Echo" => { "echo" } } });
    })
    .await;
    for kind in [SpanKind::Client, SpanKind::Server] {
        let span = t.span("shop.Cart/Echo").kind(kind).one().not_failed().outcome(Outcome::Ok);
        span.has("rpc.system.name", "grpc")
            .has("rpc.method", "shop.Cart/Echo")
            .has("rpc.response.status_code", "OK")
            .has("server.address", "127.0.0.1")
            .has("network.protocol.version", "2")
            .has_no("http.request.method");
    }
    for side in ["server", "client"] {
        let duration = t.histogram(format!("rpc.{side}.call.duration")).unit("s").count(1);
        let duration = duration.with("rpc.method", "shop.Cart/Echo").without("error.type");
        duration.with("rpc.response.status_code", "OK").count(1);
        t.histogram(format!("http.{side}.request.duration")).none();
    }
    t.up_down_counter("http.server.active_requests").none();
}

#[trace_testkit::test]
async fn codes_are_failures_by_side(t: Capture) {
    let channel = start().await;
    let patience = Duration::from_secs(20);
    // NOT_FOUND is the caller's fault, INTERNAL the server's.
    call(channel.clone(), "/shop.Cart/Echo", "5").await.unwrap_err();
    t.eventually(patience, |t| t.span("shop.Cart/Echo").count(2)).await;
    let server = t.span("shop.Cart/Echo").kind(SpanKind::Server).one().not_failed();
    server.has("rpc.response.status_code", "NOT_FOUND");
    let client = t.span("shop.Cart/Echo").kind(SpanKind::Client).one().failed();
    client.has("error.type", "NOT_FOUND");
    call(channel.clone(), "/shop.Cart/Echo", "13").await.unwrap_err();
    t.eventually(patience, |t| t.span("shop.Cart/Echo").count(4)).await;
    t.span("shop.Cart/Echo").with("error.type", "INTERNAL").count(2);
    call(channel, "/shop.Cart/Drop", "").await.unwrap_err();
    t.eventually(patience, |t| t.span("grpc").one()).await;
    let unknown = t.span("grpc").one().failed().has("rpc.method", "_OTHER");
    unknown.has("rpc.method_original", "shop.Cart/Drop").child_of("shop.Cart/Drop");
}

fn grpc_request(path: &str) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/grpc+proto");
    request.body(Body::empty()).unwrap()
}

async fn answer(response: impl Fn() -> Response<Body> + Clone, path: &str) {
    let service =
        service_fn(move |_: Request<Body>| std::future::ready(Ok::<_, Infallible>(response())));
    let response = ServerLayer::new().layer(service).oneshot(grpc_request(path)).await.unwrap();
    let _ = response.into_body().collect().await;
}

#[trace_testkit::test]
async fn the_code_is_found_wherever_it_is(t: Capture) {
    let with_trailers = || {
        let trailers =
            HeaderMap::from_iter([("grpc-status".parse().unwrap(), "8".parse().unwrap())]);
        Response::new(Body::new(Frames::of([data("message"), Ok(Frame::trailers(trailers))])))
    };
    answer(with_trailers, "/a.B/Trailers").await;
    let span = t.span("a.B/Trailers").one().not_failed();
    span.has("rpc.response.status_code", "RESOURCE_EXHAUSTED");
    let with_header =
        || Response::builder().header("grpc-status", "2").body(Body::empty()).unwrap();
    answer(with_header, "/a.B/Header").await;
    t.span("a.B/Header").one().failed().has("error.type", "UNKNOWN");
    let with_status = || {
        let mut response = Response::new(Body::from("busy"));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    };
    answer(with_status, "/a.B/Status").await;
    t.span("a.B/Status").one().failed().has("rpc.response.status_code", "UNAVAILABLE");
    answer(|| Response::new(Body::from("no more")), "/a.B/Nothing").await;
    t.span("a.B/Nothing").one().failed().has("rpc.response.status_code", "UNKNOWN");
    answer(|| Response::new(Body::empty()), "/nothing").await;
    t.span("grpc").one().has("rpc.method", "_OTHER").has("rpc.method_original", "/nothing");
}

/// The layer fits onto tonic's own server.
#[test]
fn the_layer_goes_onto_the_server_of_tonic() {
    let routes = tonic::service::Routes::default();
    let server = tonic::transport::Server::builder().layer(ServerLayer::new()).add_routes(routes);
    drop(server.serve(([127, 0, 0, 1], 0).into()));
}
