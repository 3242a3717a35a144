use std::time::Duration;
use trace_runtime::{Label, Objective, business_metric, metered, trace};

const SHOP: Objective =
    Objective::new("shop").success_rate(99.9).latency(Duration::from_millis(250), 99.0);

#[derive(Clone, Copy, Label)]
enum Tier {
    Free,
    Pro,
}

#[trace]
#[metered(labels(tier), in_flight, slo = SHOP)]
#[business_metric(counter("orders.revenue", unit = "{EUR}"), value = ret, labels(tier))]
fn order(tier: Tier, items: u64) -> Result<u64, SoldOut> {
    if items > 3 { Err(SoldOut) } else { Ok(20 * items) }
}
