//! The service with this workspace: attributes, the layers of trace-tower, and log lines through trace-tracing.

use std::error::Error;
use std::time::Duration;

use sqlx::sqlite::SqlitePool;
use tower::Layer;
use trace_runtime::{Telemetry, trace};
use trace_tower::{ClientLayer, ClientService, ServerLayer};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use super::{Parts, Started, Variant};
use crate::service::app::{self, App, STATEMENT, SUMMARY, work};
use crate::service::functions::functions;

/// This workspace.
pub(super) struct Ours;

type Client = ClientService<app::PlainClient>;

functions! { (id, size, tier) #[trace(attrs(id, size, tier))] }

async fn ask(app: &App<Client>, path: &str) -> u64 {
    app::send(&app.client, app::request(&app.stub, path)).await.1
}

#[trace(
    "SELECT items",
    kind = Client,
    attrs(
        "db.system.name" = "sqlite",
        "db.operation.name" = "SELECT",
        "db.query.summary" = SUMMARY,
        "db.query.text" = STATEMENT,
    )
)]
async fn find(database: &SqlitePool, id: u64) -> u64 {
    app::quantity(database, id).await
}

impl Variant for Ours {
    fn name(&self) -> &'static str {
        "trace-runtime"
    }

    fn start(&self, Parts { stub, database }: Parts) -> Result<Started, Box<dyn Error>> {
        let telemetry = Telemetry::builder().without_startup_line().install()?;
        let subscriber = trace_tracing::subscriber().with(LevelFilter::INFO);
        tracing::subscriber::set_global_default(subscriber)?;
        let client = ClientLayer::new().layer(app::client());
        let router = router(App { client, stub, database }).layer(ServerLayer::new());
        let stop = move || {
            let report = telemetry.shutdown(Duration::from_secs(10));
            if !report.is_lossless() {
                eprintln!("trace-runtime: {report}");
            }
        };
        Ok(Started { router, stop: Box::new(stop) })
    }
}
