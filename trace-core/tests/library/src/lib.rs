//! Uses every macro of `trace-core`, and its types, without `trace-runtime` available.

use std::fmt;
use trace_core::{
    Baggage, Context, Instrument as _, Label, Span, SpanKind, ToContext, business_metric,
    in_current_span, in_span, metered, span, trace,
};

/// The error of a declined payment.
#[derive(Debug)]
pub struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for Declined {}

/// The plan of a customer.
#[derive(Clone, Copy, Debug, Label)]
pub enum Tier {
    /// The free plan.
    Free,
    /// The paid plan.
    Pro,
}

/// Charges a customer.
///
/// # Errors
/// If there is nothing to pay.
#[trace(kind = Client, attrs(order.id = order))]
#[metered(labels(tier))]
#[business_metric(counter("library.orders"), labels(tier))]
pub fn charge(order: u64, tier: Tier) -> Result<u64, Declined> {
    let _block = span!("check");
    if order == 0 { Err(Declined) } else { Ok(order * 2) }
}

/// Packs parcels on another thread.
#[trace]
pub fn ship(parcels: u64) -> u64 {
    Span::current().set_attribute("parcels", parcels);
    let pack = in_current_span!(move |each: u64| in_span("pack", |_| parcels * each));
    std::thread::spawn(in_current_span(move || pack(3))).join().unwrap_or_default()
}

/// Works for a tenant.
#[trace]
pub async fn work(tenant: &str) -> Option<String> {
    let context = Context::current().with_baggage(Baggage::new().with_entry("tenant", tenant));
    asked().with_context(context).await
}

#[trace]
async fn asked() -> Option<String> {
    Baggage::current().get("tenant").map(str::to_owned)
}

/// Continues from a context, like a server.
#[trace(parent = caller, kind = Server)]
pub fn serve(caller: &impl ToContext) -> SpanKind {
    SpanKind::Server
}

/// A cart, all of whose methods are annotated.
pub struct Cart;

#[trace]
impl Cart {
    /// Adds an item.
    pub fn add(&self) {}
}
