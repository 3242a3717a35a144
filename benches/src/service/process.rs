//! The service as a separate process: what runs in it, and how the measuring process sees it.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::app;
use super::variants::{Parts, Started, Variant};
use crate::child::{Server, limit_lifetime};
use crate::usage::{Memory, memory, processor_time};

/// The argument with which the program runs a variant's service; its name and the stub's address follow.
pub const ARGUMENT: &str = "--serve";

const USAGE: &str = "/usage";

/// How long a service runs at most.
const LIFETIME: Duration = Duration::from_secs(600);

/// How long it may take to deliver what is left.
const PATIENCE: Duration = Duration::from_secs(30);

/// The settings of all variants, in the variables that all of them read. The queues hold what the service records
/// at saturation, where a variant that drops spans would seem cheap. Metrics are exported often enough for a short
/// run to contain exports.
const SETTINGS: [(&str, &str); 6] = [
    ("OTEL_SERVICE_NAME", "shop"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "65536"),
    ("OTEL_BLRP_MAX_QUEUE_SIZE", "65536"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
    ("RUST_LOG", "info"),
];

/// What the service has used so far.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time.
    pub processor: Duration,
    /// Memory.
    pub memory: Memory,
}

impl Usage {
    fn now() -> Self {
        Self { processor: processor_time(), memory: memory() }
    }
}

/// Serves in this process until its standard input closes: prints the address, and in the end its usage.
pub fn serve(variant: &dyn Variant, stub: &str) -> Result<(), Box<dyn Error>> {
    limit_lifetime(LIFETIME);
    let runtime = Runtime::new()?;
    let stop = runtime.block_on(async {
        let database = app::database().await?;
        let Started { router, stop } = variant.start(Parts { stub: stub.to_owned(), database })?;
        let usage = Router::new().route(USAGE, get(usage));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?);
        axum::serve(listener, usage.merge(router)).with_graceful_shutdown(input_ends()).await?;
        Ok::<_, Box<dyn Error>>(stop)
    })?;
    // Outside the runtime: it may block.
    stop();
    println!("{}", serde_json::to_string(&Usage::now())?);
    // The thread that reads the input is not waited for.
    runtime.shutdown_background();
    Ok(())
}

async fn usage() -> String {
    serde_json::to_string(&Usage::now()).unwrap_or_default()
}

async fn input_ends() {
    let reads = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
    // However reading ends: there is no input any more.
    let _ = reads.await;
}

/// A variant's service in a child process.
#[derive(Debug)]
pub struct Service(Server);

impl Service {
    /// Starts it; it exports to the receiver and sends its requests there.
    pub fn start(variant: &dyn Variant, receiver: SocketAddr) -> io::Result<Self> {
        let (endpoint, stub) = (format!("http://{receiver}"), receiver.to_string());
        let arguments = [ARGUMENT, variant.name(), &stub];
        let variables = SETTINGS.into_iter().chain([("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint)]);
        Ok(Self(Server::start(&arguments, variables)?))
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// What it has used so far.
    pub fn usage(&self) -> io::Result<Usage> {
        Ok(serde_json::from_slice(&self.0.get(USAGE)?)?)
    }

    /// Ends it and waits until everything is delivered; returns what it has used in all.
    pub fn end(self) -> io::Result<Usage> {
        Ok(serde_json::from_str(&self.0.end(PATIENCE)?)?)
    }
}
