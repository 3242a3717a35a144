//! The compiler's lints still reach the body and the parameters.
#![deny(warnings)]

use trace_macros::trace;

#[trace]
fn unused(a: u32, mut b: u32) -> Result<u32, String> {
    let c = 1;
    Ok(b)
}

#[trace]
async fn unused_later(a: u32, mut b: u32) -> Result<u32, String> {
    let c = 1;
    return Ok(b);
    Ok(2)
}

#[trace]
fn unused_plainly(a: u32, mut b: u32) -> u32 {
    b
}

#[trace]
#[must_use]
async fn must_be_used() -> u32 {
    1
}

async fn careless() {
    must_be_used().await;
}

fn main() {
    let _ = (unused(1, 2), unused_later(1, 2), unused_plainly(1, 2), careless());
}
