use trace_macros::{business_metric, metered, trace};

#[metered]
struct Order;

#[metered]
#[trace]
#[metered]
fn twice() {}

#[metered(err(ignore))]
#[trace(err(ignore))]
fn two_outcomes() -> Result<(), ()> {
    Ok(())
}

#[metered(in_flight)]
const fn constant() {}

#[metered("function.calls")]
#[business_metric(counter("function.calls.duration"))]
fn same_metric() {}

#[metered("calls")]
#[business_metric(counter("calls.duration"))]
fn same_metric_again() {}

struct Cart;

#[metered("cart", skip)]
#[business_metric(counter("carts"))]
impl Cart {
    #[metered(skip, in_flight)]
    fn skipped(&self) {}

    #[trace(skip)]
    fn skipped_by_another(&self) {}

    #[skip_autometrics]
    fn of_autometrics(&self) {}

    #[cfg_attr(all(), metered(skip))]
    fn hidden(&self) {}

    #[metered]
    const fn constant(&self) {}
}

#[metered]
fn parameter(#[attr] id: u64) {}

trait Priced {
    #[metered(in_flight)]
    fn price(&self);
}

fn main() {}
