//! Limits what is kept of each tenant.

use super::error::SamplingError;

/// The tenants of a service, and what is kept of each.
///
/// The tenant of a trace is the value of an attribute of its local root, such as one that
/// [`with_baggage_attributes`](crate::TelemetryBuilder::with_baggage_attributes) copies from baggage, that of
/// other services only if its key is [trusted](crate::TelemetryBuilder::with_trusted_baggage). Each
/// tenant has its own limits, so that one with much traffic does not use up what is there for others:
/// neither the spans per second, nor the memory of undecided traces. Rings and open spans are not divided.
///
/// ```
/// use trace_runtime::sampling::{TailSampling, TenantLimits, Tenants};
///
/// let tenants = Tenants::by("customer.id")
///     .with_default(TenantLimits::new().with_spans_per_second(500.0))
///     .with_tenant("acme", TenantLimits::new().with_share(1.0).with_spans_per_second(5_000.0));
/// let tail = TailSampling::new(0.01).with_tenants(tenants);
/// # let _ = tail;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Tenants {
    pub(crate) key: String,
    pub(crate) default: TenantLimits,
    pub(crate) named: Vec<(String, TenantLimits)>,
    pub(crate) most: usize,
}

impl Default for Tenants {
    /// Takes the tenant from the attribute `tenant`.
    fn default() -> Self {
        Self::by("tenant")
    }
}

impl Tenants {
    /// Takes the tenant from this attribute of local roots.
    pub fn by(key: &str) -> Self {
        Self { key: key.to_owned(), default: TenantLimits::new(), named: Vec::new(), most: 1_000 }
    }

    /// Sets the limits of each tenant without separate ones, and of all traces without a tenant
    /// together.
    pub fn with_default(mut self, limits: TenantLimits) -> Self {
        self.default = limits;
        self
    }

    /// Sets the limits of one tenant.
    pub fn with_tenant(mut self, name: &str, limits: TenantLimits) -> Self {
        self.named.retain(|(known, _)| known != name);
        self.named.push((name.to_owned(), limits));
        self
    }

    /// Sets the number of tenants that are distinguished; 1,000 by default. All others share the limits of
    /// one. Those with separate limits do not count.
    pub fn with_most(mut self, tenants: usize) -> Self {
        self.most = tenants;
        self
    }

    /// Returns the limits of a tenant; an empty name is that of none, and of those that are too many.
    pub(crate) fn limits_of(&self, name: &str) -> TenantLimits {
        let named = self.named.iter().find(|(known, _)| known == name && !name.is_empty());
        named.map_or(self.default, |(_, limits)| *limits)
    }

    pub(crate) fn check(&self) -> Result<(), SamplingError> {
        for limits in self.named.iter().map(|(_, limits)| limits).chain([&self.default]) {
            let TenantLimits { share, spans, bytes } = *limits;
            share.map(SamplingError::check_share).transpose()?;
            for (of, rate) in
                [("spans per second of a tenant", spans), ("bytes per second of a tenant", bytes)]
            {
                rate.map(|rate| SamplingError::check_rate(of, rate)).transpose()?;
            }
        }
        Ok(())
    }
}

/// What is kept of one tenant. Without limits, what is kept of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[must_use]
pub struct TenantLimits {
    pub(crate) share: Option<f64>,
    pub(crate) spans: Option<f64>,
    pub(crate) bytes: Option<f64>,
}

impl TenantLimits {
    /// Creates limits that restrict nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the share of traces that is kept if nothing speaks for them, from 0 to 1, instead of that for
    /// all.
    pub fn with_share(mut self, share: f64) -> Self {
        self.share = Some(share);
        self
    }

    /// Limits the spans per second that are kept, for whatever reason, with bursts of one second's worth.
    /// Spans of traces beyond it are dropped, and counted as
    /// [`Quota`](crate::loss::DropReason::Quota).
    pub fn with_spans_per_second(mut self, spans: f64) -> Self {
        self.spans = Some(spans);
        self
    }

    /// Limits the bytes per second of spans that are kept, as they are in memory, likewise.
    pub fn with_bytes_per_second(mut self, bytes: f64) -> Self {
        self.bytes = Some(bytes);
        self
    }
}
