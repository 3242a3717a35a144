//! A crate whose root is `core`, which links `std` all the same.
#![no_std]
#![deny(warnings)]

extern crate std;

use std::string::String;
use trace_macros::{span, trace};

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

fn main() {
    f(1).unwrap();
    drop(g(1));
    h();
}
