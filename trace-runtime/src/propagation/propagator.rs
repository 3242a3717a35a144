//! Defines the interface of a propagation format.

use super::{Context, Extractor, Injector};
use std::fmt::Debug;

/// A format in which contexts are propagated.
///
/// ```
/// use trace_runtime::propagation::Context;
/// use trace_runtime::propagation::{Extractor, Injector, Propagator};
///
/// /// Reports the sender of a request.
/// #[derive(Debug)]
/// struct Sender(&'static str);
///
/// impl Propagator for Sender {
///     fn inject(&self, _: &Context, carrier: &mut dyn Injector) {
///         carrier.set("x-sender", self.0.to_owned());
///     }
///
///     fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
///         match carrier.get("x-sender") {
///             Some(sender) => {
///                 let baggage = context.baggage().clone().with_entry("sender", sender);
///                 context.with_baggage(baggage)
///             }
///             None => context,
///         }
///     }
///
///     fn fields(&self) -> &[&'static str] {
///         &["x-sender"]
///     }
/// }
///
/// let builder = trace_runtime::Telemetry::builder().with_propagator(Sender("shop"));
/// # drop(builder);
/// ```
pub trait Propagator: Debug + Send + Sync + 'static {
    /// Writes its part of `context`.
    fn inject(&self, context: &Context, carrier: &mut dyn Injector);

    /// Returns `context` with the data that it reads; unchanged if it finds nothing, or nothing valid.
    fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context;

    /// Returns the headers that it writes and reads, in lower case.
    fn fields(&self) -> &[&'static str];
}
