//! The measured functions. Each request determines the outcome of its call.

use serde::Deserialize;
use std::time::Duration;
use thiserror::Error;
use tokio::time::sleep;
use trace_runtime::{Label, Objective, business_metric, metered, trace};

/// The objective for buying.
const SHOP: Objective =
    Objective::new("shop").success_rate(99.0).latency(Duration::from_millis(100), 95.0);
const SEARCH: Objective = Objective::new("search").latency(Duration::from_millis(1_000), 99.0);

#[derive(Clone, Copy, Debug, Deserialize, Label)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    Free,
    Pro,
}

/// Why an order fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    SoldOut,
    Declined,
    Panic,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    tier: Tier,
    items: u64,
    /// In cents.
    price: u64,
    /// The duration of the payment.
    ms: u64,
    fault: Option<Fault>,
}

#[derive(Debug)]
pub(crate) struct Receipt {
    pub(crate) paid: u64,
}

#[derive(Debug, Error)]
pub(crate) enum Refused {
    #[error("the last one is sold")]
    SoldOut,
    #[error("the bank has declined")]
    Declined,
}

impl Refused {
    fn kind(&self) -> &'static str {
        match self {
            Self::SoldOut => "sold_out",
            Self::Declined => "declined",
        }
    }
}

/// Sells the content of a cart.
#[trace]
#[metered(labels(tier = order.tier), in_flight, slo = SHOP, err(type = err.kind()))]
#[business_metric(
    counter("shop.revenue", unit = "{cent}", description = "What buyers have paid."),
    value = ret.paid,
    labels(tier = order.tier),
    on = ok
)]
#[business_metric(counter("shop.orders.refused", description = "Orders that were not sold."), on = error)]
#[business_metric(
    histogram(
        "shop.order.items",
        unit = "{item}",
        description = "How many items are ordered at once.",
        buckets = [1, 2, 5, 10]
    ),
    value = order.items
)]
pub(crate) async fn checkout(order: Order) -> Result<Receipt, Refused> {
    reserve(&order)?;
    pay(&order).await
}

/// Reserves the items.
#[metered(err(type = err.kind()))]
fn reserve(order: &Order) -> Result<(), Refused> {
    match order.fault {
        Some(Fault::SoldOut) => Err(Refused::SoldOut),
        Some(Fault::Panic) => panic!("the store room is on fire"),
        _ => Ok(()),
    }
}

/// Takes the money.
#[trace(kind = Client)]
#[metered(
    name = "shop.payment",
    in_flight,
    buckets = [0.001, 0.01, 0.1, 1.0],
    err(type = err.kind())
)]
async fn pay(order: &Order) -> Result<Receipt, Refused> {
    sleep(Duration::from_millis(order.ms)).await;
    if order.fault == Some(Fault::Declined) {
        return Err(Refused::Declined);
    }
    Ok(Receipt { paid: order.price })
}

/// Searches for items.
#[metered(in_flight, slo = SEARCH)]
#[business_metric(
    histogram(
        "shop.search.hits",
        unit = "{hit}",
        description = "How much a search finds.",
        buckets = [0, 10, 100]
    ),
    value = ret.len()
)]
pub(crate) async fn search(hits: u64, ms: u64) -> Vec<u64> {
    sleep(Duration::from_millis(ms)).await;
    (0..hits).collect()
}

/// Begins a session.
#[business_metric(
    updown("shop.sessions", description = "Sessions that have not ended."),
    value = 1
)]
pub(crate) fn log_in() {}

/// Ends a session.
#[business_metric(updown("shop.sessions", description = "Sessions that have not ended."), value = -1)]
pub(crate) fn log_out() {}

/// Sets the number of items in stock.
#[metered]
#[business_metric(gauge("shop.stock", unit = "{item}", description = "What there is to sell."), value = items)]
pub(crate) fn restock(items: u64) {
    let _ = items;
}
