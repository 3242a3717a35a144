//! Keeps the settings under which traces began, until they are decided.
//!
//! A reload puts a sampler and settings of tail sampling in force together. A trace about which the old sampler has
//! decided gets the old settings, too.

use super::tenants::{TenantNumber, Tenants};
use crate::sampling::{TailSampling, Threshold};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of earlier versions that are kept; traces of older ones are decided by the settings in force.
const MOST: usize = 64;

/// Settings of a version.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) number: u8,
    pub(crate) settings: TailSampling,
    /// Whether the sampler of this version keeps all traces that begin here.
    pub(crate) head_keeps_all: bool,
    /// Whether it applies to traces that began before, too.
    pub(crate) is_for_all: bool,
}

/// The versions that were put in force and that tail sampling has not taken over yet. They are here before the
/// first trace begins under them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending(Arc<Mutex<VecDeque<Version>>>);

impl Pending {
    /// Adds a version.
    pub(crate) fn add(&self, version: Version) {
        let mut pending = self.lock();
        pending.push_back(version);
        if pending.len() > MOST {
            pending.pop_front();
        }
    }

    /// Takes the oldest version.
    pub(super) fn take(&self) -> Option<Version> {
        self.lock().pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Version>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version in force, and those before it.
pub(super) struct Versions {
    latest: Version,
    earlier: VecDeque<Version>,
}

impl Versions {
    pub(super) fn new(latest: Version) -> Self {
        Self { latest, earlier: VecDeque::new() }
    }

    /// Puts a version in force.
    pub(super) fn change(&mut self, next: Version) {
        let is_for_all = next.is_for_all;
        let before = std::mem::replace(&mut self.latest, next);
        if is_for_all {
            self.earlier.clear();
        } else if before.number != self.latest.number {
            self.earlier.retain(|version| version.number != self.latest.number);
            self.earlier.push_back(before);
            if self.earlier.len() > MOST {
                self.earlier.pop_front();
            }
        }
    }

    /// Returns the settings in force.
    pub(super) fn settings(&self) -> &TailSampling {
        &self.latest.settings
    }

    /// Returns whether traces of a version are decided by settings before those in force.
    pub(super) fn is_earlier(&self, number: u8) -> bool {
        number != self.latest.number && self.earlier.iter().any(|it| it.number == number)
    }

    /// Returns whether nothing is known of a version.
    pub(super) fn is_unknown(&self, number: u8) -> bool {
        number != self.latest.number && !self.is_earlier(number)
    }

    /// Returns the version under which a trace began, as far as it is known.
    pub(super) fn of(&self, number: u8) -> &Version {
        if number == self.latest.number {
            return &self.latest;
        }
        self.earlier.iter().find(|version| version.number == number).unwrap_or(&self.latest)
    }
}

impl Version {
    /// Returns the threshold for traces of a tenant; `None` keeps none.
    pub(super) fn threshold(&self, tenants: &Tenants, tenant: TenantNumber) -> Option<Threshold> {
        let limits = tenants.limits_in(self.settings.tenants.as_ref(), tenant);
        Threshold::of_probability(limits.share.unwrap_or(self.settings.share))
    }

    /// Returns whether traces that are kept by probability may be dropped for another reason.
    pub(super) fn is_limited(&self, tenants: &Tenants, tenant: TenantNumber) -> bool {
        let limits = tenants.limits_in(self.settings.tenants.as_ref(), tenant);
        self.settings.budget.is_some() || limits.spans.is_some() || limits.bytes.is_some()
    }
}
