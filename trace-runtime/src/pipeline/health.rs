//! Gathers the health of all parts of the pipeline.

#[cfg(feature = "config-file")]
use super::in_force::FileInForce;
use super::running::Running;
use super::telemetry::Telemetry;
use crate::export::Observed;
use crate::export::signal::Signal;
use crate::health::{ConfigurationHealth, Health, Inputs, judge};
use crate::state;
use std::fmt;
use std::sync::{Arc, Weak};

impl Telemetry {
    /// Returns what works and what does not, by the rules of [`health`](crate::health).
    ///
    /// It reads counts and times, and never waits for an exporter.
    pub fn health(&self) -> Health {
        self.health_handle().health()
    }

    /// Returns a handle for code that reports the health, such as a route of the program's server.
    pub fn health_handle(&self) -> HealthHandle {
        HealthHandle { running: self.pipeline().map(Arc::downgrade) }
    }
}

/// Reports the health of telemetry. Cheap to clone; it does not keep the pipeline running.
///
/// ```
/// # use trace_runtime::{Telemetry, export::NullExporter};
/// let telemetry = Telemetry::builder()
/// #   .with_exporter(NullExporter::new())
///     .install()?;
/// let handle = telemetry.health_handle();
/// println!("{}", handle.health().state);
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
#[derive(Clone)]
pub struct HealthHandle {
    /// `None` where telemetry is turned off.
    running: Option<Weak<Running>>,
}

impl HealthHandle {
    /// Returns what works and what does not, by the rules of [`health`](crate::health).
    pub fn health(&self) -> Health {
        let running = self.running.as_ref().map(Weak::upgrade);
        let is_disabled = running.is_none() || state::is_killed();
        let running = running.flatten();
        // The pipeline of a parent process is not this one's.
        let running = running.as_deref().filter(|running| !running.is_inherited());
        let losses = running.map(Running::report).unwrap_or_default();
        judge(Inputs {
            is_disabled,
            has_ended: running.is_none_or(Running::has_stopped),
            exporters: running.map(exporters).unwrap_or_default(),
            lost_lately: running.map_or(0, |running| running.losses.look(&losses)),
            losses,
            configuration: running.and_then(file),
        })
    }
}

#[cfg(feature = "config-file")]
fn file(running: &Running) -> Option<ConfigurationHealth> {
    running.file.as_ref().map(FileInForce::health)
}

#[cfg(not(feature = "config-file"))]
fn file(_: &Running) -> Option<ConfigurationHealth> {
    None
}

fn exporters(running: &Running) -> Vec<(Signal, Observed)> {
    let spans = running.queues.observe().into_iter();
    let all = spans.map(|observed| (Signal::Traces, observed));
    #[cfg(feature = "metrics")]
    let all = {
        let metrics = running.meters.iter().flat_map(|meters| meters.observe());
        all.chain(metrics.map(|observed| (Signal::Metrics, observed)))
    };
    #[cfg(feature = "logs")]
    let all = {
        let logs = running.logs.iter().flat_map(|logs| logs.intake.observe());
        all.chain(logs.map(|observed| (Signal::Logs, observed)))
    };
    all.collect()
}

impl fmt::Debug for HealthHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthHandle").finish_non_exhaustive()
    }
}
