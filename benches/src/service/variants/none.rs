//! The service without telemetry. Its log lines find no subscriber.

use std::error::Error;

use sqlx::sqlite::SqlitePool;

use super::{Parts, Started, Variant};
use crate::service::app::{self, App, work};
use crate::service::functions::functions;

/// No telemetry.
pub(super) struct Plain;

type Client = app::PlainClient;

functions! { (id, size, tier) }

async fn ask(app: &App<Client>, path: &str) -> u64 {
    app::send(&app.client, app::request(&app.stub, path)).await.1
}

async fn find(database: &SqlitePool, id: u64) -> u64 {
    app::quantity(database, id).await
}

impl Variant for Plain {
    fn name(&self) -> &'static str {
        "none"
    }

    fn is_instrumented(&self) -> bool {
        false
    }

    fn start(&self, Parts { stub, database }: Parts) -> Result<Started, Box<dyn Error>> {
        let router = router(App { client: app::client(), stub, database });
        Ok(Started { router, stop: Box::new(|| ()) })
    }
}
