//! How failures look in a trace: an error with its cause, a panic, and a call that is cancelled.
//!
//! ```text
//! cargo run -p hello --bin failures
//! ```
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::future::{Future, pending};
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::{Context, Waker};
use trace_runtime::trace;

/// Why an order was not placed.
#[derive(Debug)]
struct OrderError(Declined);

/// Why a card was not charged.
#[derive(Debug)]
struct Declined;

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order was not placed")
    }
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl Error for Declined {}

/// An `Err` marks the span failed. Its type, message and causes are recorded.
#[trace]
fn order(#[attr("user.id")] user: u64) -> Result<(), OrderError> {
    charge(1_200).map_err(OrderError)
}

/// `type` names the error in the attribute `error.type`.
#[trace(kind = Client, err(type = "declined"))]
fn charge(#[attr] amount: u64) -> Result<(), Declined> {
    Err(Declined)
}

/// An expected error leaves the span unmarked.
#[trace(err(ignore))]
fn find_voucher(#[attr] code: &str) -> Result<u64, Declined> {
    Err(Declined)
}

/// A panic marks the span failed and goes on unwinding.
#[trace]
fn pick(shelf: &[&str], #[attr] place: usize) -> usize {
    shelf[place].len()
}

/// A future that is dropped before its end is cancelled.
#[trace(kind = Client)]
async fn ask_supplier(#[attr] item: &str) {
    pending().await
}

#[trace]
fn shift() {
    let _ = order(13);
    let _ = find_voucher("SPRING");
    let _ = catch_unwind(|| pick(&["tea", "milk"], 2));
    give_up(ask_supplier("scones"));
}

/// Polls once and drops the future, as a timeout or `select!` does.
fn give_up(future: impl Future<Output = ()>) {
    let _ = pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

fn main() -> Result<(), trace_runtime::InitError> {
    let _telemetry = trace_runtime::init()?;
    shift();
    Ok(())
}
