//! Tests the route that reports the health of telemetry.

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use std::time::Duration;
use tower::ServiceExt;
use trace_runtime::export::QueueSettings;
use trace_runtime::{Telemetry, in_span};
use trace_testkit::force::{Fault, FaultyExporter};
use trace_tower::HealthService;

async fn get(app: &Router) -> (StatusCode, String) {
    let request = Request::get("/health").body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_route_reports_what_works() {
    let exporter = FaultyExporter::new();
    let faults = exporter.handle();
    let builder = Telemetry::builder().without_env().without_metrics().without_logs();
    let one_by_one = QueueSettings::default().with_max_batch(1);
    let builder = builder.with_exporter(exporter).with_span_queue(one_by_one);
    let telemetry = builder.install().unwrap();
    let app = Router::new().route_service("/health", HealthService::new(telemetry.health_handle()));
    let send = || {
        in_span("charge", |_| ());
        telemetry.force_flush(Duration::from_secs(20)).unwrap();
    };

    send();
    let (status, body) = get(&app).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.starts_with(r#"{"state":"healthy","reasons":[]"#), "{body}");

    faults.respond_with(Fault::fail("no route").once());
    send();
    let (status, body) = get(&app).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.starts_with(r#"{"state":"degraded","reasons":["exporter `"#), "{body}");
    assert!(body.contains("no route"), "{body}");

    // An exporter that panics again and again is not called any more.
    faults.respond_with(Fault::panic("bug").times(4));
    (0..3).for_each(|_| in_span("charge", |_| ()));
    send();
    let (status, body) = get(&app).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        body.starts_with(r#"{"state":"failing","reasons":["traces reach no receiver""#),
        "{body}"
    );

    telemetry.shutdown(Duration::from_secs(20));
    let (status, body) = get(&app).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("the pipeline has ended"), "{body}");
}
