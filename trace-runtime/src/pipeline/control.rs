//! Holds what operators have set for sites, requests and switches, and puts it in force.

use crate::export::gates;
use crate::export::signal::Signal;
use crate::request::{self, RequestRules};
use crate::site_rules::{self, SiteRules};
use crate::state;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The settings that are in force.
#[derive(Debug)]
pub(super) struct Control(Mutex<Controls>);

/// What operators have set.
#[derive(Debug)]
pub(super) struct Controls {
    pub(super) sites: SiteRules,
    pub(super) is_on: bool,
    /// Whether calls and values are measured unless that is switched off.
    measures: bool,
    pub(super) metrics: bool,
    pub(super) logs: bool,
    pub(super) exporters_off: Vec<String>,
}

impl Control {
    /// Puts the settings of a new pipeline in force; everything is switched on.
    pub(super) fn install(sites: SiteRules, requests: RequestRules) -> Self {
        request::install(requests);
        put_in_force(&sites);
        gates::set_signal(Signal::Metrics, true);
        gates::set_signal(Signal::Logs, true);
        gates::set_exporters_off(Vec::new());
        Self(Mutex::new(Controls {
            sites,
            is_on: true,
            measures: false,
            metrics: true,
            logs: true,
            exporters_off: Vec::new(),
        }))
    }

    /// Notes what the pipeline that has just started does.
    pub(super) fn note_state(&self) {
        self.lock().measures = state::load() & state::METERING != 0;
    }

    /// Changes the rules for sites, all at once.
    pub(super) fn change_sites(&self, change: impl FnOnce(&mut SiteRules)) {
        let mut controls = self.lock();
        change(&mut controls.sites);
        put_in_force(&controls.sites);
    }

    /// Changes switches, all at once.
    pub(super) fn switch(&self, change: impl FnOnce(&mut Controls)) {
        let mut controls = self.lock();
        change(&mut controls);
        let Controls { is_on, measures, metrics, logs, .. } = *controls;
        gates::set_signal(Signal::Metrics, is_on && metrics);
        gates::set_signal(Signal::Logs, is_on && logs);
        gates::set_exporters_off(controls.exporters_off.clone());
        state::change(state::METERING, is_on && metrics && measures);
        state::change(state::ON, is_on);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Controls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put_in_force(sites: &SiteRules) {
    let concern = site_rules::install(sites.clone());
    // Sites discard what they remember.
    state::change(state::RULED_BY_SITE, concern);
}

/// The reason why a level or a switch was not changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ControlError {
    /// The pipeline has ended.
    Ended,
    /// Everything was switched off for good.
    Killed,
    /// No annotated function has this path.
    UnknownFunction {
        /// The path.
        path: String,
        /// The most similar one, if one is similar.
        nearest: Option<&'static str>,
    },
    /// The pipeline has no exporter of this name.
    UnknownExporter {
        /// The name.
        name: String,
        /// The names of its exporters.
        known: Vec<String>,
    },
    /// The pipeline does not distinguish tenants.
    NoTenants,
    /// This is no share.
    Share(f64),
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the pipeline has ended"),
            Self::Killed => {
                f.write_str("telemetry was switched off for good; the next pipeline turns it on")
            }
            Self::UnknownFunction { path, nearest } => {
                write!(f, "no annotated function has the path `{}`", line(path))?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None => f.write_str("; `catalog()` lists all of them"),
                }
            }
            Self::UnknownExporter { name, known } => {
                let known: Vec<_> = known.iter().map(|name| format!("`{}`", line(name))).collect();
                let known = known.join(", ");
                write!(f, "there is no exporter `{}`; the pipeline has {known}", line(name))
            }
            Self::NoTenants => {
                f.write_str("tenants are distinguished by tail sampling with `with_tenants` alone")
            }
            Self::Share(share) => write!(f, "{share} is no share: it is a number from 0 to 1"),
        }
    }
}

impl std::error::Error for ControlError {}

/// Returns text from outside for a message.
fn line(text: &str) -> String {
    crate::escape::line(text).cut(128).to_string()
}
