//! Mistakes in `baggage(…)`.

use trace_runtime::{span, trace};

#[trace(baggage("user tier" = 1))]
fn key() {}

#[trace(baggage("größe" = 1, "" = 2))]
fn more_keys() {}

#[trace(baggage(tenant = 1, "tenant" = 2))]
fn twice() {}

#[trace(baggage(tenant: 1))]
fn colon() {}

#[trace(baggage("tenant"))]
fn no_value() {}

#[trace(baggage = 1)]
fn form() {}

#[trace(attach = true)]
fn flag() {}

struct Id;

#[trace(baggage(tenant = id))]
fn no_text(id: Id) {}

fn main() {
    let _span = span!("block", baggage(tenant = 1));
}
