//! Tests the records of annotated functions, seen through the testkit.

mod calls;
mod contexts;
mod errors;
mod futures;
mod unsampled;
mod values;

use std::error::Error;
use std::fmt;
use trace_runtime::trace;

#[derive(Debug)]
struct Declined {
    cause: std::num::ParseIntError,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

#[trace(attrs(order.id = id, "http.route" = "/pay", items = items.len()), kind = Client)]
fn pay(id: u64, items: &[&str]) -> Result<u64, Declined> {
    price(items.first().unwrap_or(&"")).map_err(|cause| Declined { cause })
}

#[trace]
fn price(text: &str) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}
