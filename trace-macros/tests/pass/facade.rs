//! A runtime that is reached through a facade, while its own name means something else.
#![deny(warnings)]

mod telemetry {
    pub use ::trace_runtime::*;
}

#[allow(unused)]
mod trace_runtime {}

use trace_macros::{span, trace};

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

fn main() {
    f(1).unwrap();
    drop(Cart.add());
}
