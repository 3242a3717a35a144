//! Libraries that are instrumented with `tracing`.

use crate::capture;
use std::convert::Infallible;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use trace_runtime::trace;
use trace_testkit::prelude::tree;
use tracing::Level;

#[trace(attrs(path = request.uri().path()))]
async fn handle(request: http::Request<String>) -> Result<http::Response<String>, Infallible> {
    tokio::task::yield_now().await;
    let mut response = http::Response::new(String::new());
    if request.uri().path() == "/broken" {
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    }
    Ok(response)
}

#[test]
fn tower_http() {
    let t = capture();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let layer = TraceLayer::new_for_http()
            .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
            .on_response(DefaultOnResponse::new().level(Level::INFO));
        for path in ["/users", "/broken"] {
            let service = ServiceBuilder::new().layer(layer.clone()).service(service_fn(handle));
            let request = http::Request::get(path).body(String::new()).unwrap();
            drop(service.oneshot(request).await.unwrap());
        }
    });
    t.assert_tree(tree! {
        "request" ["method" = "GET", "uri" = "/users", "target" = "tower_http::trace::make_span", ..]
            => { "handle" ["path" = "/users"] },
        "request" ["uri" = "/broken", ..] => { "handle" },
    });
    let [users, broken] = ["/users", "/broken"].map(|uri| {
        let spans = t.spans();
        spans.iter().find(|span| span.attribute("uri") == Some(&uri.into())).unwrap().clone()
    });
    assert!(users.event("finished processing request").is_some(), "{users:#?}");
    assert!(users.event("response failed").is_none() && !users.is_error());
    // The library reports it as an event of level ERROR.
    assert!(broken.is_error() && broken.scope.name == "tower_http", "{broken:#?}");
}
