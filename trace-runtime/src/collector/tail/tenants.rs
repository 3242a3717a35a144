//! Distinguishes tenants, and limits what is kept of each.

use super::bucket::Bucket;
use crate::recorder::pages::Attributes;
use crate::sampling::{TenantLimits, Tenants as Settings, Threshold};
use crate::value::{ToValue as _, to_text};
use std::collections::HashMap;
use std::time::Duration;

/// The number of a tenant.
pub(super) type TenantNumber = u16;

/// The tenant of traces that have none.
pub(super) const NO_TENANT: TenantNumber = 0;
/// All tenants together that are too many to be distinguished.
const REST: TenantNumber = 1;
/// Tenants with longer names, in bytes, are not distinguished.
const LONGEST_NAME: usize = 256;

/// The tenants that are distinguished.
pub(super) struct Tenants {
    /// `None`: there are none.
    settings: Option<Settings>,
    /// Those of which nothing is kept.
    off: Vec<String>,
    numbers: HashMap<Box<str>, TenantNumber>,
    /// The names by number.
    names: Vec<Box<str>>,
    tenants: Vec<Tenant>,
}

struct Tenant {
    is_off: bool,
    limits: TenantLimits,
    spans: Bucket,
    bytes: Bucket,
}

impl Tenant {
    fn new(limits: TenantLimits) -> Self {
        let (spans, bytes) = (Bucket::new(limits.spans), Bucket::new(limits.bytes));
        Self { is_off: false, spans, bytes, limits }
    }

    fn change(&mut self, limits: TenantLimits) {
        self.limits = limits;
        self.spans.change(limits.spans);
        self.bytes.change(limits.bytes);
    }
}

impl Tenants {
    pub(super) fn new(settings: Option<&Settings>, off: &[String]) -> Self {
        let limits = settings.map(|settings| settings.default).unwrap_or_default();
        Self {
            settings: settings.cloned(),
            off: off.to_vec(),
            numbers: HashMap::new(),
            names: vec![Box::default(), Box::default()],
            tenants: vec![Tenant::new(limits), Tenant::new(limits)],
        }
    }

    /// Puts other settings in force. Tenants keep their numbers.
    pub(super) fn change(&mut self, settings: Option<&Settings>, off: &[String]) {
        self.settings = settings.cloned();
        self.off = off.to_vec();
        for (tenant, name) in self.tenants.iter_mut().zip(&self.names) {
            tenant.is_off = !name.is_empty() && off.iter().any(|off| **off == **name);
            tenant.change(settings.map(|settings| settings.limits_of(name)).unwrap_or_default());
        }
    }

    /// Returns whether there are tenants.
    pub(super) fn are_distinguished(&self) -> bool {
        self.settings.is_some()
    }

    /// Returns the tenant of a trace whose local root has these attributes; `None` if they name none.
    pub(super) fn of(&mut self, mut attributes: Attributes<'_>) -> Option<TenantNumber> {
        let wanted = &self.settings.as_ref()?.key;
        let (_, value) = attributes.find(|(key, _)| key == wanted)?;
        let name = to_text(value.to_value());
        (!name.is_empty()).then(|| self.of_name(&name))
    }

    fn of_name(&mut self, name: &str) -> TenantNumber {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let Some(settings) = &self.settings else { return NO_TENANT };
        let is_named = settings.named.iter().any(|(known, _)| known == name);
        let most = settings.most + settings.named.len() + self.off.len();
        let is_off = self.off.iter().any(|off| off == name);
        let is_full = self.numbers.len() >= most.min(usize::from(TenantNumber::MAX) - 2);
        if (is_full || name.len() > LONGEST_NAME) && !is_named && !is_off {
            return REST;
        }
        let number = self.tenants.len() as TenantNumber;
        self.tenants.push(Tenant { is_off, ..Tenant::new(settings.limits_of(name)) });
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        number
    }

    /// Returns the threshold for a tenant's traces, `of_all` unless it has its own.
    pub(super) fn threshold(
        &self,
        tenant: TenantNumber,
        of_all: Option<Threshold>,
    ) -> Option<Threshold> {
        match self.get(tenant).limits.share {
            Some(share) => Threshold::of_probability(share),
            None => of_all,
        }
    }

    /// Returns the limits that other settings have for a tenant.
    pub(super) fn limits_in(
        &self,
        settings: Option<&Settings>,
        tenant: TenantNumber,
    ) -> TenantLimits {
        let name = &self.names[usize::from(tenant)];
        settings.map(|settings| settings.limits_of(name)).unwrap_or_default()
    }

    /// Returns whether a tenant is limited in any way.
    pub(super) fn is_limited(&self, tenant: TenantNumber) -> bool {
        let TenantLimits { spans, bytes, .. } = self.get(tenant).limits;
        spans.is_some() || bytes.is_some()
    }

    /// Returns whether nothing is kept of a tenant.
    pub(super) fn is_off(&self, tenant: TenantNumber) -> bool {
        self.get(tenant).is_off
    }

    /// Returns whether anything is left of a tenant's quota.
    pub(super) fn has_rest(&mut self, tenant: TenantNumber, now: Duration) -> bool {
        let Tenant { spans, bytes, .. } = &mut self.tenants[usize::from(tenant)];
        spans.has_rest(now) & bytes.has_rest(now)
    }

    /// Takes spans, and the bytes that they take, off a tenant's quota.
    pub(super) fn charge(&mut self, tenant: TenantNumber, spans: u64, bytes: usize) {
        let tenant = &mut self.tenants[usize::from(tenant)];
        tenant.spans.charge(spans);
        tenant.bytes.charge(bytes as u64);
    }

    fn get(&self, tenant: TenantNumber) -> &Tenant {
        &self.tenants[usize::from(tenant)]
    }
}
