//! The service with oxtel: `tracing` for spans and log lines, and its layers for servers and clients.
//!
//! Its access log is off, since no other variant writes one, and so are log lines on stderr.

use std::error::Error;

use oxtel_tower::{HttpClient, HttpClientLayer, HttpServerLayer};
use tower::Layer;
use tracing::instrument;

use super::statement::find;
use super::{Parts, Started, Variant};
use crate::service::app::{self, App, work};
use crate::service::functions::functions;

/// oxtel.
pub(super) struct Oxtel;

type Client = HttpClient<app::PlainClient>;

functions! { (id, size, tier) #[instrument(skip_all, fields(id, size, tier))] }

async fn ask(app: &App<Client>, path: &str) -> u64 {
    app::send(&app.client, app::request(&app.stub, path)).await.1
}

impl Variant for Oxtel {
    fn name(&self) -> &'static str {
        "oxtel"
    }

    fn lacks(&self) -> &'static str {
        "source locations on spans"
    }

    fn start(&self, Parts { stub, database }: Parts) -> Result<Started, Box<dyn Error>> {
        let guard = oxtel::builder().without_local_logs().install()?;
        let client = HttpClientLayer::new().layer(app::client());
        let layer = HttpServerLayer::new().with_access_log(false);
        let router = router(App { client, stub, database }).layer(layer);
        let stop = move || {
            if let Err(error) = guard.shutdown() {
                eprintln!("oxtel: {error}");
            }
        };
        Ok(Started { router, stop: Box::new(stop) })
    }
}
