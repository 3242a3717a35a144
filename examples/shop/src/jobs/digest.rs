//! Combines recently shipped orders into one entry, periodically.
//!
//! A digest belongs to no order's trace, so it starts a new trace, with a link to each order.

use super::queue::SYSTEM;
use crate::database::{self, Database, Digest, span_of};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;
use trace_runtime::{business_metric, metered, trace};
use tracing::{error, info};

/// The most orders of a digest: the default limit of links on a span.
const MAX_ORDERS: i64 = 128;

/// Creates digests until `stop` changes, and a last one then.
pub(crate) async fn digest_regularly(
    database: Database,
    every: Duration,
    mut stop: watch::Receiver<bool>,
) {
    let mut is_last = false;
    while !is_last {
        tokio::select! {
            () = sleep(every) => {}
            _ = stop.changed() => is_last = true,
        }
        if let Err(error) = digest_all(&database).await {
            error!(error = %error, "orders cannot be digested");
        }
    }
}

async fn digest_all(database: &Database) -> database::Result<()> {
    while database.has_undigested().await? {
        process(database, &database.collect_digest(MAX_ORDERS).await?).await?;
    }
    Ok(())
}

#[trace(
    "process digest",
    kind = Consumer,
    root,
    links = digest.shipped_by.iter().filter_map(|shipped_by| span_of(Some(shipped_by))),
    attrs(
        job.name = "digest",
        job.id = digest.id,
        orders = digest.orders,
        total = digest.total,
        "messaging.system" = SYSTEM,
        "messaging.operation.name" = "process",
        "messaging.operation.type" = "process",
        "messaging.destination.name" = "digest",
        "messaging.batch.message_count" = digest.orders
    )
)]
#[metered(name = "jobs.digest")]
#[business_metric(
    counter("orders.shipped", unit = "{order}", description = "Orders that have left."),
    value = digest.orders,
    on = ok
)]
async fn process(database: &Database, digest: &Digest) -> database::Result<()> {
    database.finish_digest(digest).await?;
    info!(digest.id, digest.orders, digest.total, "orders digested");
    Ok(())
}
