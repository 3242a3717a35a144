// A span. An `Err` or a panic marks it failed, a future that is dropped is cancelled.
#[trace("checkout {tier}", kind = Server, ret(total = *ret), err(type = err.code()))]
async fn checkout(#[attr("order.id")] id: u64, tier: &str) -> Result<u64, CardError> {
    Span::current().set_attribute("items", 3);
    charge(id).await
}

// The number and the duration of calls by outcome, with bounded labels and an objective.
#[metered(labels(tier), in_flight, slo = API)]
fn load(tier: Tier, id: u64) -> Result<Vec<u8>, std::io::Error> {
    std::fs::read(format!("/data/{id}"))
}

// Business metrics: counters, up-down counters, gauges, histograms.
#[business_metric(counter("orders.revenue", unit = "{EUR}"), value = ret, on = ok)]
#[business_metric(histogram("cart.items", buckets = [1, 10, 100]), value = cart.len())]
fn order(cart: &[u64]) -> Result<u64, SoldOut> {
    if cart.len() > 3 { Err(SoldOut) } else { Ok(cart.iter().sum()) }
}
