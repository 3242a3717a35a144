use trace_macros::business_metric;

#[business_metric]
fn nothing_said() {}

#[business_metric("orders")]
fn without_kind() {}

#[business_metric(value = 1)]
fn without_instrument() {}

#[business_metric(counter("a"), gauge("b"), value = 1)]
fn two_instruments() {}

#[business_metric(counter())]
fn empty() {}

#[business_metric(counter(name = "orders"))]
fn name_behind_a_key() {}

#[business_metric(counter("orders of today", unit = "€"))]
fn wrong_name() {}

#[business_metric(counter("a", value = 1, describe = "b", buckets = [1], units = "s", unit = 1))]
fn parts() {}

#[business_metric(gauge("a"))]
#[business_metric(histogram("b"))]
fn without_value() {}

#[business_metric(counter("a"), value = -1)]
fn negative() {}

#[business_metric(counter("a"), on = success)]
#[business_metric(counter("b"), on = error)]
fn outcomes() {}

#[business_metric(counter("a"), value = err.len(), on = ok)]
#[business_metric(counter("b"), labels(long = ret.len() > 1), on = error)]
#[business_metric(counter("c"), value = ret.len(), labels(long = err.len() > 1))]
#[business_metric(counter("d"), value = ret.len() + err.len())]
fn against() -> Result<String, String> {
    Ok(String::new())
}

#[business_metric(counter("orders"))]
#[business_metric(counter("Orders"))]
fn twice() {}

#[business_metric(Counter("a"), up_down_counter("b"), increment = 1, tags(a = 1), unit = "s", skip)]
fn habits() {}

#[business_metric(counter("a"), value = ret.len())]
fn stream(rows: impl futures_core::Stream<Item = u8>) -> impl futures_core::Stream<Item = u8> {
    rows
}

struct Cart;

#[business_metric(counter("a"))]
impl Cart {
    #[business_metric(counter("b"), value = ret.len(), on = ok)]
    #[track_caller]
    fn caller(&self) -> Result<String, String> {
        Ok(String::new())
    }
}

#[business_metric(counter("a"))]
struct Order;

#[business_metric(counter("a"))]
const fn constant() {}

trait Priced {
    #[business_metric(counter("a"))]
    fn price(&self);
}

#[business_metric(histogram("a", buckets), value = 1)]
fn no_boundaries() {}

fn main() {}
