//! What the tests have in common: requests, bodies, and servers on loopback.

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

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
