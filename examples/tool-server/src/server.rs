//! Starts, runs and stops the server, and the upstream API.

use crate::api::Api;
use crate::database::Database;
use crate::operations::Operations;
use crate::settings::{ServerSettings, UpstreamSettings};
use crate::telemetry::{self, TelemetrySettings};
use crate::{admin, tools, upstream};
use axum::Router;
use axum::routing::get;
use reqwest::Url;
use rmcp::ServiceExt;
use rmcp::transport::io::stdio;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::error::Error;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use trace_runtime::Telemetry;
use tracing::{info, warn};

/// The time that most answers of the stub take.
const LATENCY: Duration = Duration::from_millis(5);
/// The timeout for a snapshot.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs the server until it is asked to stop, or its client on stdin leaves.
pub(crate) async fn run(settings: ServerSettings) -> Result<(), Box<dyn Error>> {
    // Dropped at the end, the guard sends what is left, and reports losses.
    let telemetry = telemetry::start(TelemetrySettings {
        sampling: settings.sampling,
        metrics_port: settings.metrics_port,
        is_stdout_taken: settings.stdio,
    })?;
    let upstream = match settings.upstream {
        Some(url) => url,
        None => start_stub().await?,
    };
    let database = Database::open(settings.database.as_deref()).await?;
    let operations = Operations::new(Api::at(upstream)?, database);
    match settings.stdio {
        true => serve_stdio(operations).await?,
        false => {
            let admin = admin::routes(telemetry.sampling());
            let _admin = serve_admin(settings.admin_listen, admin).await?;
            serve_http(settings.listen, operations).await?;
        }
    }
    match &settings.snapshot {
        Some(file) => save_snapshot(&telemetry, file),
        None => Ok(()),
    }
}

/// Runs the upstream API until it is asked to stop.
pub(crate) async fn run_upstream(settings: UpstreamSettings) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(settings.listen).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    let routes = upstream::routes(Duration::from_millis(settings.latency));
    Ok(axum::serve(listener, routes).with_graceful_shutdown(asked_to_end()).await?)
}

/// Starts the stub in this process, on any free port.
pub(crate) async fn start_stub() -> Result<Url, Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    tokio::spawn(async move { axum::serve(listener, upstream::routes(LATENCY)).await });
    Ok(url)
}

async fn serve_stdio(operations: Operations) -> Result<(), Box<dyn Error>> {
    let serving = tools::traced(operations).serve(stdio()).await?;
    let stop = serving.cancellation_token();
    tokio::spawn(async move {
        asked_to_end().await;
        stop.cancel();
    });
    serving.waiting().await?;
    Ok(())
}

/// Serves operators until the result is dropped.
async fn serve_admin(address: SocketAddr, routes: Router) -> io::Result<JoinSet<()>> {
    let listener = TcpListener::bind(address).await?;
    info!(url.full = format!("http://{}", listener.local_addr()?), "listening for operators");
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            warn!(%error, "operators are no longer served");
        }
    });
    Ok(serving)
}

async fn serve_http(address: SocketAddr, operations: Operations) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    info!(url.full = format!("http://{}/mcp", listener.local_addr()?), "listening");
    let app = app(operations);
    axum::serve(listener, app).with_graceful_shutdown(asked_to_end()).await
}

/// Returns the routes. Each request is answered for itself: the server keeps no sessions.
fn app(operations: Operations) -> Router {
    let config = StreamableHttpServerConfig::default();
    let config = config.with_legacy_session_mode(false).with_json_response(true);
    let handler = tools::traced(operations);
    let mcp = StreamableHttpService::new(
        move || Ok(handler.clone()),
        NeverSessionManager::default().into(),
        config,
    );
    Router::new().nest_service("/mcp", mcp).route("/health", get(async || "up"))
}

fn save_snapshot(telemetry: &Telemetry, file: &Path) -> Result<(), Box<dyn Error>> {
    let snapshot = telemetry.snapshot(PATIENCE)?;
    snapshot.save(file)?;
    eprintln!("{} spans of the last seconds are in {}", snapshot.len(), file.display());
    Ok(())
}

/// Completes at Ctrl-C, and on Unix at SIGTERM.
async fn asked_to_end() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = pending::<()>();
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
