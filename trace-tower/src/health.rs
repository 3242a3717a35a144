//! Answers requests with the health of telemetry.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use tower_service::Service;
use trace_runtime::HealthHandle;
use trace_runtime::health::HealthState;

/// A service that answers every request with the [health of telemetry](trace_runtime::health) as JSON: with status
/// 503 if it is failing, else with 200.
///
/// It is a route of any server on tower, here of axum. It is not for a probe that restarts the program when the
/// answer is not 200: telemetry that reaches no receiver is no reason to do so.
///
/// ```
/// # use trace_runtime::{Telemetry, export::NullExporter};
/// use trace_tower::HealthService;
///
/// let telemetry = Telemetry::builder()
/// #   .with_exporter(NullExporter::new())
///     .install()?;
/// let health = HealthService::new(telemetry.health_handle());
/// let app: axum::Router = axum::Router::new().route_service("/telemetry/health", health);
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HealthService {
    handle: HealthHandle,
}

impl HealthService {
    /// Creates a service that reports the health of this pipeline.
    pub fn new(handle: HealthHandle) -> Self {
        Self { handle }
    }
}

impl<B> Service<Request<B>> for HealthService {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let health = self.handle.health();
        let mut response = Response::new(health.to_json());
        if health.state == HealthState::Failing {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        ready(Ok(response))
    }
}
