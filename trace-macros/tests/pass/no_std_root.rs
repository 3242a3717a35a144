//! A `no_std` crate that links `std` itself.
#![no_std]
#![deny(warnings)]

extern crate std;

use std::string::String;
use trace_macros::{Label, business_metric, metered, span, trace};

#[trace("f {a}", attrs(a), ret(returned = *ret))]
fn f(a: u32) -> Result<u32, String> {
    let _span = span!("block {a}");
    Ok(a)
}

#[trace(attrs(a))]
async fn g(a: u32) -> Result<u32, String> {
    Ok(a)
}

#[trace]
fn h() {}

#[derive(Label)]
#[label(range = 0..=3)]
struct Level(u8);

#[metered(labels(level), in_flight)]
#[business_metric(gauge("level"), value = level.0)]
async fn i(level: Level) -> Result<Level, String> {
    Ok(level)
}

fn main() {
    drop(i(Level(1)));
    f(1).unwrap();
    drop(g(1));
    h();
}
