//! Holds what operators have set for sites and requests, and puts it in force.

use crate::request::{self, RequestRules};
use crate::site_rules::{self, SiteRules};
use crate::state;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The rules for sites that are in force.
#[derive(Debug, Default)]
pub(super) struct Control {
    sites: Mutex<SiteRules>,
}

impl Control {
    /// Puts the rules of a new pipeline in force.
    pub(super) fn install(sites: SiteRules, requests: RequestRules) -> Self {
        request::install(requests);
        put_in_force(&sites);
        Self { sites: Mutex::new(sites) }
    }

    /// Changes the rules for sites, all at once.
    pub(super) fn change(&self, change: impl FnOnce(&mut SiteRules)) {
        let mut sites = self.sites();
        change(&mut sites);
        put_in_force(&sites);
    }

    pub(super) fn sites(&self) -> MutexGuard<'_, SiteRules> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put_in_force(sites: &SiteRules) {
    let concern = site_rules::install(sites.clone());
    // Sites discard what they remember.
    state::change(state::RULED_BY_SITE, concern);
}

/// The reason why a level or a switch was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlError {
    /// The pipeline has ended.
    Ended,
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the pipeline has ended"),
        }
    }
}

impl std::error::Error for ControlError {}
