//! A runtime that is reached through a facade, while its own name refers to something else.
#![deny(warnings)]

mod telemetry {
    pub(crate) use ::trace_runtime::*;
}

#[allow(unused)]
mod trace_runtime {}

use trace_macros::{Label, business_metric, metered, span, trace};

#[trace(crate = crate::telemetry, kind = Client, attrs(a), ret(returned = *ret))]
fn f(a: u32) -> Result<u32, String> {
    let _span = span!("block", crate = telemetry);
    Ok(a)
}

struct Cart;

#[trace(crate = telemetry)]
impl Cart {
    async fn add(&self) -> Result<(), String> {
        Ok(())
    }
}

#[derive(Clone, Copy, Label)]
#[label(crate = telemetry)]
enum Tier {
    Free,
}

// The path is given once and applies to all attributes.
#[metered(labels(tier, text(cap = 2) = "text"), crate = telemetry)]
#[trace]
#[business_metric(counter("facades"), value = *ret, labels(tier))]
fn metered_by_facade(tier: Tier) -> Result<u32, String> {
    let _ = tier;
    Ok(1)
}

#[business_metric(counter("facades.later"), labels(tier), crate = crate::telemetry)]
async fn measured_by_facade(tier: Tier) {
    let _ = tier;
}

#[metered]
#[trace(crate = telemetry)]
impl Tier {
    fn is_free(self) -> bool {
        matches!(self, Tier::Free)
    }
}

fn main() {
    metered_by_facade(Tier::Free).unwrap();
    drop(measured_by_facade(Tier::Free));
    assert!(Tier::Free.is_free());
    f(1).unwrap();
    drop(Cart.add());
}
