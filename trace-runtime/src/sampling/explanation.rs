//! Explains what is kept of a kind of trace.

use super::{TailSampling, TenantLimits};
use std::fmt;
use std::time::Duration;

/// What is kept of traces whose local root has a certain name and tenant, and by which setting.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The description of the sampler, which decides when a trace begins.
    pub sampler: String,
    /// What is decided when it has ended; `None` without tail sampling.
    pub tail: Option<TailExplanation>,
}

/// What tail sampling keeps of a kind of trace.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TailExplanation {
    /// Whether an error keeps it.
    pub errors: bool,
    /// The duration of the local root that keeps it, and the pattern for the name that sets this.
    pub slow: Option<(Duration, String)>,
    /// The share that is kept if nothing speaks for it.
    pub share: f64,
    /// Whether that is the tenant's own share.
    pub is_share_of_tenant: bool,
    /// The spans per second that are kept of the tenant.
    pub spans_per_second: Option<f64>,
    /// The bytes per second that are kept of the tenant.
    pub bytes_per_second: Option<f64>,
    /// The spans per second that are kept by probability, of all tenants together.
    pub budget: Option<f64>,
}

impl Explanation {
    pub(crate) fn new(
        sampler: &str,
        tail: Option<&TailSampling>,
        name: &str,
        tenant: Option<&str>,
    ) -> Self {
        let tail = tail.map(|tail| TailExplanation::new(tail, name, tenant));
        Self { sampler: sampler.to_owned(), tail }
    }
}

impl TailExplanation {
    fn new(tail: &TailSampling, name: &str, tenant: Option<&str>) -> Self {
        let limits =
            tail.tenants.as_ref().map(|tenants| tenants.limits_of(tenant.unwrap_or_default()));
        let TenantLimits { share, spans, bytes } = limits.unwrap_or_default();
        let slow = tail.slow.iter().find(|slow| slow.name.matches(name));
        Self {
            errors: tail.keeps_errors,
            slow: slow.map(|slow| (slow.limit, slow.name.as_str().to_owned())),
            share: share.unwrap_or(tail.share),
            is_share_of_tenant: share.is_some(),
            spans_per_second: spans,
            bytes_per_second: bytes,
            budget: tail.budget,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sampler {}", self.sampler)?;
        match &self.tail {
            Some(tail) => write!(f, "; tail sampling keeps {tail}"),
            None => f.write_str("; no tail sampling"),
        }
    }
}

impl fmt::Display for TailExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.errors {
            f.write_str("traces with errors, ")?;
        }
        if let Some((limit, pattern)) = &self.slow {
            write!(f, "those whose root takes at least {limit:?} (names like `{pattern}`), ")?;
        }
        let of_whom = if self.is_share_of_tenant { "of this tenant" } else { "of all tenants" };
        write!(f, "and a share of {} of the others ({of_whom})", self.share)?;
        if let Some(spans) = self.spans_per_second {
            write!(f, ", at most {spans} spans per second of this tenant")?;
        }
        if let Some(bytes) = self.bytes_per_second {
            write!(f, ", at most {bytes} bytes per second of this tenant")?;
        }
        if let Some(budget) = self.budget {
            write!(f, ", at most {budget} spans per second of all by their share")?;
        }
        Ok(())
    }
}
