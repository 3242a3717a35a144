//! Limits what is kept: of all traces together, and of each tenant.

use super::bucket::Bucket;
use super::judge::Reason;
use super::tenants::{TenantNumber, Tenants};
use crate::sampling::{TailSampling, Threshold};
use std::time::Duration;

/// What may still be kept.
pub(super) struct Allowance {
    /// The threshold for traces of tenants without a separate share.
    threshold: Option<Threshold>,
    /// For traces that are kept by probability; `None` in the settings allows all.
    budget: Bucket,
    has_budget: bool,
    /// For traces that are kept for another reason.
    reserve: Bucket,
    pub(super) tenants: Tenants,
}

impl Allowance {
    pub(super) fn new(settings: &TailSampling) -> Self {
        Self {
            threshold: Threshold::of_probability(settings.share),
            budget: Bucket::new(settings.budget),
            has_budget: settings.budget.is_some(),
            reserve: Bucket::new(settings.reserve),
            tenants: Tenants::new(settings.tenants.as_ref(), &settings.tenants_off),
        }
    }

    /// Puts other settings in force. What is owed stays owed.
    pub(super) fn change(&mut self, settings: &TailSampling) {
        self.threshold = Threshold::of_probability(settings.share);
        self.budget.change(settings.budget);
        self.has_budget = settings.budget.is_some();
        self.reserve.change(settings.reserve);
        self.tenants.change(settings.tenants.as_ref(), &settings.tenants_off);
    }

    /// Returns whether anything is left for traces of a tenant that are kept for this reason.
    pub(super) fn has_rest(&mut self, tenant: TenantNumber, reason: Reason, now: Duration) -> bool {
        !self.tenants.is_off(tenant)
            && self.of_reason(reason).has_rest(now)
            && self.tenants.has_rest(tenant, now)
    }

    /// Takes spans off that are kept, and the bytes that they take.
    pub(super) fn charge(
        &mut self,
        tenant: TenantNumber,
        reason: Reason,
        spans: u32,
        bytes: usize,
    ) {
        self.of_reason(reason).charge(spans.into());
        self.tenants.charge(tenant, spans.into(), bytes);
    }

    fn of_reason(&mut self, reason: Reason) -> &mut Bucket {
        match reason {
            Reason::Probability => &mut self.budget,
            _ => &mut self.reserve,
        }
    }

    /// Returns the threshold for a tenant's traces; `None` keeps none.
    pub(super) fn threshold(&self, tenant: TenantNumber) -> Option<Threshold> {
        self.tenants.threshold(tenant, self.threshold)
    }

    /// Returns the threshold by which spans were kept for this reason, if they were kept by probability
    /// alone: what is kept within a budget stands for an unknown number of others.
    pub(super) fn probability(&self, tenant: TenantNumber, reason: Reason) -> Option<Threshold> {
        let is_limited = self.has_budget || self.tenants.is_limited(tenant);
        if reason != Reason::Probability || is_limited { None } else { self.threshold(tenant) }
    }
}
