//! Implements what both services share: listening, `/health`, spans for all other requests, shutdown
//! within a deadline, and `/metrics` on a separate port.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use trace_runtime::Telemetry;
use trace_runtime::metrics::Prometheus;
use trace_tower::ServerLayer;
use tracing::{info, warn};

/// The time that running requests get at shutdown.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens, and returns and logs the address, with the name of the service: both write to one output.
pub(crate) async fn listen(
    service: &str,
    address: SocketAddr,
) -> io::Result<(TcpListener, String)> {
    let (listener, url) = bind(address).await?;
    info!(service.name = service, url.full = url, "listening");
    Ok((listener, url))
}

async fn bind(address: SocketAddr) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// Serves metrics until the result is dropped; `None` if telemetry is off.
pub(crate) async fn show_metrics(
    service: &str,
    address: SocketAddr,
    telemetry: &Telemetry,
) -> io::Result<Option<JoinSet<()>>> {
    let Some(metrics) = telemetry.prometheus().cloned() else { return Ok(None) };
    let (listener, url) = bind(address).await?;
    let url = format!("{url}/metrics");
    info!(service.name = service, url.full = url, "showing metrics");
    let page = Router::new().route("/metrics", get(show)).with_state(metrics);
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        if let Err(error) = axum::serve(listener, page).await {
            warn!(%error, "metrics are no longer shown");
        }
    });
    Ok(Some(serving))
}

/// Serves requests until `end`, and finishes the running ones.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    end: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Health checks every few seconds are not worth a trace.
    let traced = ServerLayer::new().with_filter(|request| request.uri.path() != "/health");
    let app = routes.route("/health", get(async || Json(json!({ "status": "up" }))));
    // Clients are identified by their address.
    let app = app.layer(traced).into_make_service_with_connect_info::<SocketAddr>();
    let (notify, mut ended) = watch::channel(false);
    let end = async move {
        end.await;
        let _ = notify.send(true);
    };
    let serving = axum::serve(listener, app).with_graceful_shutdown(end);
    tokio::select! {
        served = serving => served,
        () = async {
            let _ = ended.wait_for(|is_over| *is_over).await;
            sleep(PATIENCE).await;
        } => {
            warn!("requests were given up");
            Ok(())
        }
    }
}

/// Serves the metrics for Prometheus.
async fn show(State(metrics): State<Prometheus>, headers: HeaderMap) -> impl IntoResponse {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok().map(str::to_owned));
    // Rendering blocks for some milliseconds, which no thread of the runtime should do.
    match tokio::task::spawn_blocking(move || metrics.render(accept.as_deref())).await {
        Ok(Ok(page)) => Ok(([(header::CONTENT_TYPE, page.content_type)], page.body)),
        _ => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}
