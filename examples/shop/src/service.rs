//! Starts, runs and stops the two services.

use crate::catalogue::Catalogue;
use crate::database::{self, Database};
use crate::jobs::{Handlers, Queue, Worker, digest_regularly};
use crate::orders::Orders;
use crate::routes::{Shop, routes};
use crate::server;
use crate::settings::{ShopSettings, WarehouseSettings};
use crate::throttle::Throttle;
use crate::warehouse::{self, Child, Warehouse};
use std::error::Error;
use std::future::pending;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use trace_runtime::{Telemetry, trace};
use tracing::info;

/// The names of the services.
pub(crate) const SHOP: &str = "shop";
pub(crate) const WAREHOUSE: &str = "warehouse";

/// Runs the shop until it is asked to stop.
pub(crate) async fn run_shop(
    settings: &ShopSettings,
    telemetry: &Telemetry,
) -> Result<(), Box<dyn Error>> {
    let path = settings.database()?;
    // Concurrently: in sequence, the times would add up.
    let (database, child) = tokio::join!(open(&path, settings.users), child(settings));
    let (database, child) = (database?, child?);
    let url = settings.warehouse.clone().or_else(|| Some(child.as_ref()?.url().clone()));
    let warehouse = Warehouse::at(url.ok_or("there is no warehouse")?)?;
    let queue = Queue::open(database.clone()).await?;

    let (stop, stopped) = watch::channel(false);
    let workers = begin_work(settings, &queue, &warehouse, &stopped);
    let every = Duration::from_millis(settings.digest_every);
    let (stop_digest, digest_stopped) = watch::channel(false);
    let digest = tokio::spawn(digest_regularly(database.clone(), every, digest_stopped));

    let catalogue = Catalogue::new(database.clone(), warehouse.clone());
    let grace = Duration::from_millis(settings.grace);
    let orders = Orders::new(database.clone(), warehouse, queue, grace);
    let throttle = Throttle::default();
    let shop = Shop { database: database.clone(), catalogue, orders, throttle };
    let _metrics = server::show_metrics(SHOP, settings.metrics_listen, telemetry).await?;
    let (listener, _) = server::listen(SHOP, settings.listen).await?;
    let served = server::serve(listener, routes(shop), asked_to_end()).await;

    // From front to back, so that each part stops before those that it depends on.
    info!("ending");
    let _ = stop.send(true);
    workers.join_all().await;
    let _ = stop_digest.send(true);
    let _ = digest.await;
    database.close().await;
    if let Some(child) = child {
        child.end().await?;
    }
    Ok(served?)
}

/// Opens the database, and fills it if it is new.
#[trace("open database")]
async fn open(path: &Path, users: u32) -> Result<Database, sqlx::Error> {
    let database = Database::open(path).await?;
    database.delete_expired_sessions().await?;
    database::seed(&database, users).await?;
    Ok(database)
}

async fn child(settings: &ShopSettings) -> io::Result<Option<Child>> {
    if settings.warehouse.is_some() { Ok(None) } else { Child::start().await.map(Some) }
}

fn begin_work(
    settings: &ShopSettings,
    queue: &Queue,
    warehouse: &Warehouse,
    stopped: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let handlers = Handlers::new(queue.database().clone(), warehouse.clone());
    let worker = Worker::new(queue.clone(), handlers);
    (0..settings.workers).map(|_| worker.clone().run(stopped.clone())).collect()
}

/// Runs the warehouse until it is asked to stop, or the shop that started it ends.
pub(crate) async fn run_warehouse(
    settings: &WarehouseSettings,
    telemetry: &Telemetry,
) -> Result<(), Box<dyn Error>> {
    let _metrics = server::show_metrics(WAREHOUSE, settings.metrics_listen, telemetry).await?;
    let (listener, url) = server::listen(WAREHOUSE, settings.listen).await?;
    let lifeline = match settings.lifeline {
        Some(address) => Some(warehouse::hold(address, &url).await?),
        None => None,
    };
    let parent_gone = async {
        match lifeline {
            Some(lifeline) => lifeline.await,
            None => pending().await,
        }
    };
    let end = async {
        tokio::select! {
            () = asked_to_end() => {}
            () = parent_gone => {}
        }
    };
    warehouse::serve(listener, end).await?;
    info!("ending");
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
