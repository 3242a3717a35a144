//! Puts a changed file in force while the program runs.
//
// | file | contents |
// |---|---|
// | `fixed.rs` | what does not change while the program runs |
// | `exporters.rs`, `readers.rs` | the exchange of exporters of spans and log records, and of metrics |
// | `watch.rs` | the threads that notice a change |
// | `error.rs` | why a file was not put in force |

mod error;
mod exporters;
mod fixed;
#[cfg(feature = "metrics")]
mod readers;
mod watch;

pub use error::ReloadError;
pub(super) use watch::start;

use super::builder::Lookup;
use super::in_force::{FileInForce, FileState, InForce, SetBy};
use super::running::Running;
use super::sampling::{lock, note_sampler, note_tail};
use super::telemetry::Telemetry;
use crate::config::SwitchSettings;
use crate::config::file::{Source, read_again};
use crate::diagnostics::warn;
use crate::error::InitError;
#[cfg(feature = "http")]
use crate::instrumentation;
#[cfg(feature = "logs")]
use crate::logs;
use crate::site_rules::SiteRules;
use std::fmt;
use std::mem;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How long a reload waits for the collector to take the file over; it does so later, too.
const TAKE_OVER: Duration = Duration::from_secs(1);

impl Telemetry {
    /// Returns a handle that puts the configuration file in force again after a change.
    pub fn config_handle(&self) -> ConfigHandle {
        let running = self.pipeline().map_or_else(Weak::new, Arc::downgrade);
        ConfigHandle { running, lookup: self.lookup() }
    }
}

/// Puts the configuration file in force again after a change. Cheap to clone; it does not keep the pipeline
/// running.
///
/// Exporters with their processors and intervals, samplers, rules, tail sampling, levels, switches and profiles of
/// a file change while the program runs. A file that changes anything else is refused as a whole, as is one that
/// is wrong, and what was in force stays. What the builder and the [`SamplingHandle`](crate::SamplingHandle) have
/// set stays too; [`release_sampling`](Self::release_sampling) ends what the handle has set.
///
/// A sampler stays, with its state, where the sections that make it are the same.
///
/// A new exporter of spans or log records starts before the old one ends. What waits for the old one is sent by a
/// new one of the same name, if there is one; otherwise the old one has 30 seconds to send it. The two have one
/// account in reports: `exported` is the sum of both.
#[derive(Clone)]
pub struct ConfigHandle {
    running: Weak<Running>,
    lookup: Lookup,
}

impl ConfigHandle {
    /// Reads the file, and puts it in force as a whole. Returns whether anything has changed.
    ///
    /// Waits for a reload that is under way, so a [plug-in](crate::plugin) must not call it while it creates something.
    ///
    /// # Errors
    /// When the file is wrong or changes what cannot change while the program runs, when there is no file,
    /// and when the pipeline has ended. What was in force stays, and [`health`](crate::health) reports the error.
    pub fn reload(&self) -> Result<bool, ReloadError> {
        let running = self.running()?;
        let file = running.file.as_ref().ok_or(ReloadError::NoFile)?;
        let Source::File(_) = &file.source else { return Err(ReloadError::NoFile) };
        let mut state = file.state();
        let result = self.replace(&running, file, &mut state);
        if let Err(error) = &result {
            let error = error.summary();
            warn(format_args!("{} was not put in force: {error}", file.name()));
            file.refuse(error);
        }
        result
    }

    /// Returns sampling to what the file contains, where the [`SamplingHandle`](crate::SamplingHandle) has
    /// changed it. Waits for a reload that is under way.
    ///
    /// # Errors
    /// When there is no file, and when the pipeline has ended.
    pub fn release_sampling(&self) -> Result<(), ReloadError> {
        let running = self.running()?;
        let file = running.file.as_ref().ok_or(ReloadError::NoFile)?;
        let state = file.state();
        let mut in_force = lock(&running.sampling);
        let InForce { sampler_set_by, tail_set_by, .. } = &mut *in_force;
        for set_by in [sampler_set_by, tail_set_by] {
            if *set_by == SetBy::Handle {
                *set_by = SetBy::Configuration;
            }
        }
        apply(&running, &mut in_force, &state);
        Ok(())
    }

    fn replace(
        &self,
        running: &Running,
        file: &FileInForce,
        state: &mut FileState,
    ) -> Result<bool, ReloadError> {
        let again = read_again(&file.source, &file.plugins, &*self.lookup, &state.sampler);
        let mut read = match again {
            Ok(read) => read,
            Err(InitError::Configuration(error)) => return Err(ReloadError::Invalid(error)),
            // Reading returns no other error.
            Err(_) => return Err(ReloadError::NoFile),
        };
        if read.loaded.configuration == state.configuration {
            file.confirm(read.hash);
            return Ok(false);
        }
        read.adjust(&file.command_line).map_err(error::failed)?;
        fixed::check(&read, state)?;
        // Everything that may fail comes before everything that takes effect.
        let exchange = state.exporters.prepare(&read, running)?;
        read.warnings.iter().for_each(warn);
        state.exporters.exchange(exchange, running);
        #[cfg(feature = "logs")]
        if let Some(logs) = &running.logs {
            logs::set_rules(logs, mem::take(&mut read.settings.logs.loggers));
        }
        #[cfg(feature = "http")]
        instrumentation::install(read.settings.http.take());
        let before = Controls::of(state);
        let hash = mem::take(&mut read.hash);
        state.replace(read);
        let after = Controls::of(state);
        let mut in_force = lock(&running.sampling);
        // What a handle has switched stays, unless the file changes it.
        if after.canary != before.canary {
            in_force.canary = after.canary.unwrap_or(1.0);
        }
        if after.tenants_off != before.tenants_off
            && let Some(tail) = &mut in_force.tail
        {
            tail.tenants_off = after.tenants_off;
        }
        apply(running, &mut in_force, state);
        drop(in_force);
        // So that versions do not pile up that the collector has not taken over yet.
        running.collector.sweep(None, Instant::now() + TAKE_OVER);
        if after.levels != before.levels {
            set_levels(running, file, &after.levels);
        }
        if after.switches != before.switches {
            switch(running, &after.switches);
        }
        let version = file.accept(hash);
        warn(format_args!("{} is in force, version {version}", file.name()));
        Ok(true)
    }

    fn running(&self) -> Result<Arc<Running>, ReloadError> {
        self.running.upgrade().filter(|running| !running.has_stopped()).ok_or(ReloadError::Ended)
    }
}

/// What a file sets that handles change too.
struct Controls {
    levels: SiteRules,
    switches: SwitchSettings,
    canary: Option<f64>,
    tenants_off: Vec<String>,
}

impl Controls {
    fn of(state: &FileState) -> Self {
        Self {
            levels: state.levels.clone(),
            switches: state.switches.clone(),
            canary: state.canary,
            tenants_off: state.tail.iter().flat_map(|tail| tail.tenants_off.clone()).collect(),
        }
    }
}

fn set_levels(running: &Running, file: &FileInForce, levels: &SiteRules) {
    running.control.change_sites(|sites| {
        let mut levels = levels.clone();
        if file.has_own_levels {
            (levels.level, levels.modules) = (sites.level, sites.modules.clone());
        }
        *sites = levels;
    });
}

/// Switches telemetry off and on as a file wants it.
pub(super) fn switch(running: &Running, switches: &SwitchSettings) {
    let known = running.exporter_names();
    for name in switches.exporters_off.iter().filter(|name| !known.contains(name)) {
        let known = known.join(", ");
        warn(format_args!(
            "the file switches exporter `{name}` off, which does not exist; there are: {known}"
        ));
    }
    running.control.switch(|controls| {
        controls.is_on = !switches.telemetry_off;
        controls.metrics = !switches.metrics_off;
        controls.logs = !switches.logs_off;
        controls.exporters_off.clone_from(&switches.exporters_off);
    });
}

/// Puts the sampling of the file in force as a whole, where nothing else has set it.
fn apply(running: &Running, in_force: &mut InForce, state: &FileState) {
    if in_force.sampler_set_by == SetBy::Configuration {
        let sampler = state.sampler.sampler.as_ref().map(|named| named.sampler.clone());
        note_sampler(in_force, sampler);
    }
    if in_force.tail_set_by == SetBy::Configuration
        && let Some(tail) = &state.tail
    {
        let mut tail = tail.clone();
        if let Some(before) = &in_force.tail {
            // Switches take precedence.
            tail.tenants_off.clone_from(&before.tenants_off);
        }
        note_tail(in_force, tail);
    }
    in_force.apply_all(&running.collector);
}

impl fmt::Debug for ConfigHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigHandle").finish_non_exhaustive()
    }
}
