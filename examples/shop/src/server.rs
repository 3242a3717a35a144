//! What both services have: how they listen, `/health`, `/metrics`, a span for each other request,
//! and an end within a deadline.

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
use tokio::time::sleep;
use trace_runtime::metrics::Prometheus;
use trace_tower::ServerLayer;
use tracing::{info, warn};

/// How long requests in hand may take once the end has begun.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens, and says where: in the log, and to the caller.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    info!(url.full = url, "listening");
    Ok((listener, url))
}

/// Answers requests until `end`, and those that are in hand then.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    metrics: Option<Prometheus>,
    end: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // What is asked by machines every few seconds is not worth a trace.
    let traced = ServerLayer::new()
        .with_filter(|request| !matches!(request.uri.path(), "/health" | "/metrics"));
    let mut app = routes.route("/health", get(async || Json(json!({ "status": "up" }))));
    if let Some(metrics) = metrics {
        app = app.merge(Router::new().route("/metrics", get(show)).with_state(metrics));
    }
    let (tell, mut ended) = watch::channel(false);
    let end = async move {
        end.await;
        let _ = tell.send(true);
    };
    let serving = axum::serve(listener, app.layer(traced)).with_graceful_shutdown(end);
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

/// The metrics as Prometheus reads them.
async fn show(State(metrics): State<Prometheus>, headers: HeaderMap) -> impl IntoResponse {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok().map(str::to_owned));
    // It waits some milliseconds for the page, which no thread of the runtime should do.
    match tokio::task::spawn_blocking(move || metrics.render(accept.as_deref())).await {
        Ok(Ok(page)) => Ok(([(header::CONTENT_TYPE, page.content_type)], page.body)),
        _ => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}
