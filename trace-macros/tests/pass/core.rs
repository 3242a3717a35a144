//! Attributes that expand to paths of `trace-core`, alone and stacked with those of `trace-runtime`.
#![no_implicit_prelude]
#![deny(warnings)]

// Has the same hidden module.
extern crate trace_runtime as trace_core;

// As `trace-core` re-exports them.
mod reexported {
    pub(crate) use ::trace_macros::{
        CoreLabel as Label, core_business_metric as business_metric, core_metered as metered,
        core_span as span, core_trace as trace,
    };
}

use reexported::{Label, business_metric, metered, span, trace};

#[derive(Label)]
enum Tier {
    Free,
}

#[trace("f {a}", attrs(a), ret(returned = *ret))]
#[metered(labels(tier = Tier::Free))]
#[business_metric(counter("f"), on = ok)]
fn f(a: u32) -> ::std::result::Result<u32, ::std::string::String> {
    let _span = span!("block {a}", attrs(a));
    ::std::result::Result::Ok(a)
}

#[::trace_macros::core_metered]
#[::trace_macros::trace]
#[reexported::business_metric(counter("g"))]
async fn g() {}

struct Cart;

#[::trace_macros::metered]
impl Cart {
    #[::trace_macros::core_trace]
    fn add(&self) {}

    #[reexported::metered(skip)]
    fn len(&self) {}
}

fn main() {
    ::std::mem::drop((f(1), g()));
    Cart.add();
    Cart.len();
}
