//! The first program: one checkout, printed as a tree.
//!
//! ```text
//! cargo run -p hello
//! ```
//!
//! The README shows this file and what it prints. Failures and cancellation are in `bin/failures.rs`.
#![forbid(unsafe_code)]

mod shop;

use shop::{charge, quote, reserve, send_receipt};
use std::thread;
use trace_runtime::{in_current_span, trace};

#[trace]
fn checkout(#[attr("user.id")] user: u64, cart: &[&str]) {
    let total = quote(cart);
    thread::scope(|scope| {
        scope.spawn(in_current_span(|| reserve(cart))); // A thread, in the same trace.
        charge(user, total);
    });
    send_receipt(user);
}

fn main() -> Result<(), trace_runtime::InitError> {
    let _telemetry = trace_runtime::init()?; // Sends what is left when it is dropped.
    checkout(7, &["tea", "milk", "scones"]);
    Ok(())
}
