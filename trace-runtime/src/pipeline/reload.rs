//! Puts a changed file in force while the program runs.

use super::builder::Lookup;
use super::in_force::{FileInForce, FileState, InForce, ReloadSettings, SetBy};
use super::running::Running;
use super::sampling::{lock, put_sampler, put_tail};
#[cfg(all(unix, feature = "signals"))]
use super::signals;
use super::telemetry::Telemetry;
use crate::config::SwitchSettings;
use crate::config::file::{FromFile, Source, line, read};
use crate::diagnostics::warn;
use crate::error::{ConfigurationError, InitError};
use crate::recorder::suppress_this_thread;
use crate::sampling::{AlwaysOn, ParentBased};
use crate::site_rules::SiteRules;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, SystemTime};
use trace_config::model::Configuration;

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
/// Samplers, rules, tail sampling, levels, switches and profiles of a file change while the program runs. A file that changes
/// anything else is refused, as is one that is wrong, and what was in force stays. What the builder and the
/// [`SamplingHandle`](crate::SamplingHandle) have set stays too;
/// [`release_sampling`](Self::release_sampling) ends what the handle has set.
#[derive(Clone)]
pub struct ConfigHandle {
    running: Weak<Running>,
    lookup: Lookup,
}

impl ConfigHandle {
    /// Reads the file, and puts it in force as a whole. Returns whether anything has changed.
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
            let error = summary(error);
            warn(format_args!("{} was not put in force: {error}", file.name()));
            state.refuse(error);
        }
        result
    }

    /// Returns sampling to what the file contains, where the [`SamplingHandle`](crate::SamplingHandle) has
    /// changed it.
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
        let read = match read(&file.source, &*self.lookup) {
            Ok(read) => read,
            Err(InitError::Configuration(error)) => return Err(ReloadError::Invalid(error)),
            // Reading returns no other error.
            Err(_) => return Err(ReloadError::NoFile),
        };
        if read.configuration == state.configuration {
            state.confirm(read.hash);
            return Ok(false);
        }
        check(&read, state)?;
        read.warnings.iter().for_each(warn);
        let before = Controls::of(state);
        let version = state.replace(read);
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
        if after.levels != before.levels {
            set_levels(running, file, &after.levels);
        }
        if after.switches != before.switches {
            switch(running, &after.switches);
        }
        warn(format_args!("{} is in force, version {version}", file.name()));
        Ok(true)
    }

    fn running(&self) -> Result<Arc<Running>, ReloadError> {
        self.running.upgrade().filter(|running| !running.has_stopped()).ok_or(ReloadError::Ended)
    }
}

/// Returns an error as one line.
fn summary(error: &ReloadError) -> String {
    let ReloadError::Invalid(invalid) = error else { return error.to_string() };
    let [first, others @ ..] = invalid.problems() else { return error.to_string() };
    match others.len() {
        0 => line(first),
        more => format!("{}; and {more} more problems", line(first)),
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

/// Refuses a file that changes what cannot change.
fn check(read: &FromFile, state: &FileState) -> Result<(), ReloadError> {
    let mut sections = changed(&read.configuration, &state.configuration);
    if read.settings.tail.is_some() != state.tail.is_some() {
        sections.push("distribution.trace-rs.tail_sampling");
    }
    if sections.is_empty() { Ok(()) } else { Err(ReloadError::Fixed { sections }) }
}

/// Returns the sections that differ in more than what changes while the program runs.
fn changed(new: &Configuration, old: &Configuration) -> Vec<&'static str> {
    let [new, old] = [new, old].map(without_what_changes);
    let sections = [
        ("disabled", new.disabled == old.disabled),
        ("log_level", new.log_level == old.log_level),
        ("attribute_limits", new.attribute_limits == old.attribute_limits),
        ("logger_provider", new.logger_provider == old.logger_provider),
        ("meter_provider", new.meter_provider == old.meter_provider),
        ("propagator", new.propagator == old.propagator),
        ("tracer_provider", new.tracer_provider == old.tracer_provider),
        ("resource", new.resource == old.resource),
        ("instrumentation/development", new.instrumentation == old.instrumentation),
        ("distribution", new.distribution == old.distribution),
    ];
    sections.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
}

fn without_what_changes(configuration: &Configuration) -> Configuration {
    let mut rest = configuration.clone();
    if let Some(provider) = &mut rest.tracer_provider {
        provider.sampler = None;
    }
    if let Some(ours) = rest.distribution.as_mut().and_then(|it| it.trace_rs.as_mut()) {
        (ours.rules, ours.tail_sampling, ours.profiles) = (None, None, None);
        (ours.canary, ours.switches) = (None, None);
        // Its key of baggage does not change.
        ours.levels = ours.levels.take().and_then(|mut levels| {
            (levels.default, levels.modules) = (None, None);
            levels.baggage.is_some().then_some(levels)
        });
    }
    rest
}

/// Puts the sampling of the file in force, where nothing else has set it.
fn apply(running: &Running, in_force: &mut InForce, state: &FileState) {
    if in_force.sampler_set_by == SetBy::Configuration {
        let sampler = state.sampler.clone();
        let sampler = sampler.unwrap_or_else(|| Arc::new(ParentBased::new(AlwaysOn)));
        put_sampler(running, in_force, sampler);
    }
    if in_force.tail_set_by == SetBy::Configuration
        && let Some(tail) = &state.tail
    {
        let mut tail = tail.clone();
        if let Some(before) = &in_force.tail {
            // Switches take precedence.
            tail.tenants_off.clone_from(&before.tenants_off);
        }
        put_tail(running, in_force, tail);
    }
}

impl fmt::Debug for ConfigHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigHandle").finish_non_exhaustive()
    }
}

/// The reason why a file was not put in force.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReloadError {
    /// No file configures telemetry.
    NoFile,
    /// The pipeline has ended.
    Ended,
    /// The file is wrong.
    Invalid(ConfigurationError),
    /// The file changes sections that do not change while the program runs.
    Fixed {
        /// The sections.
        sections: Vec<&'static str>,
    },
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("no file configures telemetry"),
            Self::Ended => f.write_str("the pipeline has ended"),
            Self::Invalid(error) => error.fmt(f),
            Self::Fixed { sections } => write!(
                f,
                "{} changed, which takes a restart; sampling, levels and switches change while the program runs",
                sections.join(", "),
            ),
        }
    }
}

impl std::error::Error for ReloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(error) => Some(error),
            _ => None,
        }
    }
}

/// Starts the threads that read the file again, where they are wanted.
pub(super) fn start(
    settings: &ReloadSettings,
    running: &Arc<Running>,
    lookup: Lookup,
) -> io::Result<()> {
    let Some(file) = &running.file else { return Ok(()) };
    let Source::File(path) = &file.source else { return Ok(()) };
    let handle = ConfigHandle { running: Arc::downgrade(running), lookup };
    if let Some(interval) = settings.interval {
        let (handle, path) = (handle.clone(), path.clone());
        let thread = thread::Builder::new().name("trace-config".to_owned());
        thread.spawn(move || watch(&handle, &path, interval))?;
    }
    #[cfg(all(unix, feature = "signals"))]
    if settings.at_hangup {
        let reload = move || _ = handle.reload();
        file.keep(signals::at_each(signal_hook::consts::SIGHUP, "trace-hangup", reload)?);
    }
    Ok(())
}

/// Puts the file in force when it has changed, until the pipeline ends.
fn watch(handle: &ConfigHandle, path: &Path, interval: Duration) {
    /// More often would only occupy the processor.
    const LEAST: Duration = Duration::from_millis(10);
    suppress_this_thread();
    // Is read once more after the start: it may have changed since the installation.
    let mut seen = None;
    let mut changed = None;
    loop {
        thread::sleep(interval.max(LEAST));
        if handle.running().is_err() {
            break;
        }
        // A file that is being replaced may not be there for a moment.
        let Some(stamp) = Stamp::of(path) else { continue };
        if Some(&stamp) == seen.as_ref() {
            changed = None;
        } else if changed.as_ref() == Some(&stamp) {
            let _ = handle.reload();
            (seen, changed) = (Some(stamp), None);
        } else {
            changed = Some(stamp);
        }
    }
}

/// What changes when a file is written or replaced.
#[derive(PartialEq)]
struct Stamp {
    file: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    identity: (u64, u64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        // Links of Kubernetes lead to another folder with each change.
        let file = path.canonicalize().ok()?;
        let metadata = file.metadata().ok()?;
        Some(Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            identity: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
            file,
        })
    }
}
