//! Client and server with hyper between them.

use crate::support::{Frames, Speaks, data, hyper_client, serve};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::any;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tower::{Layer, ServiceExt as _, service_fn};
use trace_runtime::{Baggage, in_span, span::Outcome};
use trace_testkit::{Capture, tree};
use trace_tower::{ClientLayer, ServerLayer};

const PATIENCE: Duration = Duration::from_secs(20);

async fn ask(uri: String, method: &str) -> String {
    let client = ClientLayer::new().layer(hyper_client::<Body>());
    let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
    let response = client.oneshot(request).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn stock(address: State<SocketAddr>) -> String {
    ask(format!("http://{}/stock", address.0), "GET").await
}

async fn tenant() -> Body {
    let tenant = Baggage::current().get("tenant").unwrap_or_default().to_owned();
    Body::from(tenant)
}

#[trace_testkit::test]
async fn two_services_are_one_trace(t: Capture) {
    let inner = Router::new().route("/stock", any(tenant)).layer(ServerLayer::new());
    let inner = serve(inner, Speaks::Http1).await;
    let outer = Router::new().route("/order", any(stock)).with_state(inner);
    let outer = serve(outer.layer(ServerLayer::new()), Speaks::Http1).await;
    let _baggage = Baggage::new().with_entry("tenant", "acme").attach();
    assert_eq!(ask(format!("http://{outer}/order"), "POST").await, "acme");
    t.eventually(PATIENCE, |t| {
        t.assert_tree(tree! {
            "POST" => { "POST /order" => { "GET" => { "GET /stock" } } }
        });
    })
    .await;
    let port = i64::from(inner.port());
    let span = t.span("GET /stock").one().has("server.address", "127.0.0.1");
    span.has("server.port", port).outcome(Outcome::Ok);
    t.up_down_counter("http.server.active_requests").total(0);
}

#[trace_testkit::test]
async fn hyper_reads_bodies_to_their_end(t: Capture) {
    let service = ServerLayer::new().with_route(|request| Some(request.uri.path().to_owned()));
    let service = service.layer(service_fn(async |request: Request<hyper::body::Incoming>| {
        let body = match request.uri().path() {
            "/empty" => Body::empty(),
            "/known" => Body::from("four"),
            _ => Body::new(Frames::of([data("one"), data("two")])),
        };
        in_span("handle", |_| ());
        Ok::<_, Infallible>(Response::new(body))
    }));
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let address = serve(service.clone(), speaks).await;
        let client = match speaks {
            Speaks::Http1 => hyper_client::<Body>(),
            Speaks::Http2 => {
                let executor = hyper_util::rt::TokioExecutor::new();
                hyper_util::client::legacy::Client::builder(executor).http2_only(true).build_http()
            }
        };
        for (method, path) in
            [("GET", "/empty"), ("GET", "/known"), ("GET", "/chunks"), ("HEAD", "/known")]
        {
            // Over HTTP/2, hyper sends what a service has wrongly put into its answer to HEAD.
            if (speaks, method) == (Speaks::Http2, "HEAD") {
                continue;
            }
            let uri = format!("http://{address}{path}");
            let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
            let response = client.request(request).await.unwrap();
            response.into_body().collect().await.unwrap();
        }
    }
    t.eventually(PATIENCE, |t| t.span("GET /chunks").outcome(Outcome::Ok).count(2)).await;
    t.eventually(PATIENCE, |t| t.span("HEAD /known").outcome(Outcome::Ok).one()).await;
    t.span("GET /empty").outcome(Outcome::Ok).count(2);
    t.span("GET /known").outcome(Outcome::Ok).count(2);
    t.span("GET /known").with("network.protocol.version", "2").one();
    t.up_down_counter("http.server.active_requests").total(0);
}

#[trace_testkit::test]
async fn a_client_that_goes_away_gives_its_request_up(t: Capture) {
    let waits = any(std::future::pending::<()>);
    let app = Router::new().route("/", waits).layer(ServerLayer::new());
    let address = serve(app, Speaks::Http1).await;
    {
        let client = ClientLayer::new().layer(hyper_client::<Body>());
        let request = Request::get(format!("http://{address}/")).body(Body::empty()).unwrap();
        let mut call = Box::pin(client.oneshot(request));
        tokio::select! {
            biased;
            _ = &mut call => unreachable!("the server does not answer"),
            _ = t.eventually(PATIENCE, |t| t.open("GET /").one()) => {}
        }
    }
    t.eventually(PATIENCE, |t| t.span("GET /").outcome(Outcome::Cancelled).one()).await;
    t.span("GET").outcome(Outcome::Cancelled).one();
    t.up_down_counter("http.server.active_requests").total(0);
}
