//! Switches telemetry off and on while the pipeline runs.

use super::control::ControlError;
use super::running::Running;
use crate::catalog;
use crate::export::signal::Signal;
use crate::state;
use std::fmt;
use std::sync::{Arc, PoisonError, Weak};

/// Switches telemetry off and on while the program runs: all of it, a signal, an exporter, a module, a
/// function or a tenant. Cheap to clone; it does not keep the pipeline running.
///
/// Switches take precedence over all other settings. While everything is off, a call costs a load and a
/// branch; one that is off by its module or its function costs some two nanoseconds, and others are as fast
/// as before.
///
/// ```no_run
/// use trace_runtime::{Signal, Telemetry};
///
/// let telemetry = Telemetry::builder().install()?;
/// let switches = telemetry.switches();
/// // One request in ten, to begin with.
/// switches.set_canary(0.1)?;
/// switches.set_module("shop::db", false)?;
/// switches.set_signal(Signal::Logs, false)?;
/// println!("{}", switches.off()?.join(", "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SwitchHandle {
    running: Weak<Running>,
    /// The pipeline is that of a test, which other tests use at the same time.
    is_lent: bool,
}

impl SwitchHandle {
    pub(super) fn new(running: Option<&Arc<Running>>, is_lent: bool) -> Self {
        Self { running: running.map_or_else(Weak::new, Arc::downgrade), is_lent }
    }

    /// Switches everything off for good, by one store in memory: for emergencies, when something else hangs.
    ///
    /// Nothing is recorded or sent any more. Spans that are open end without being exported; they, and what
    /// waits for exporters, are dropped and counted as [`Killed`](crate::loss::DropReason::Killed). A request
    /// that is being sent is not interrupted. Only the next pipeline turns telemetry on again.
    ///
    /// In a program under test that works with the testkit's pipeline, it does nothing.
    pub fn kill(&self) {
        if self.running.strong_count() > 0 && !self.is_lent {
            state::kill();
            state::wake_collector();
        }
    }

    /// Switches everything off or on. Spans that are open when it is switched off are exported when they end,
    /// and what waits for exporters is sent.
    ///
    /// # Errors
    /// When the pipeline has ended, or everything was switched off for good.
    pub fn set_telemetry(&self, on: bool) -> Result<(), ControlError> {
        self.switch(|controls| controls.is_on = on)
    }

    /// Switches a signal off or on.
    ///
    /// | without | what remains |
    /// |---|---|
    /// | traces | contexts of callers are passed on as they came |
    /// | metrics | what code measures by OpenTelemetry's API is summed up, and sent only by readers that the program has added |
    /// | logs | nothing |
    ///
    /// # Errors
    /// When the pipeline has ended, or everything was switched off for good.
    pub fn set_signal(&self, signal: Signal, on: bool) -> Result<(), ControlError> {
        match signal {
            Signal::Traces => {
                self.running()?.control.change_sites(|sites| sites.all_off = !on);
                Ok(())
            }
            Signal::Metrics => self.switch(|controls| controls.metrics = on),
            Signal::Logs => self.switch(|controls| controls.logs = on),
        }
    }

    /// Switches the exporter of this name off or on: `otlp` for all signals, `otlp logs` for one. What waits for it is dropped, and
    /// counted as [`SwitchedOff`](crate::loss::DropReason::SwitchedOff), as is what it would have got;
    /// neither is a loss.
    ///
    /// # Errors
    /// When there is no such exporter, when the pipeline has ended, or everything was switched off for good.
    pub fn set_exporter(&self, name: &str, on: bool) -> Result<(), ControlError> {
        let running = self.running()?;
        let known = running.exporter_names();
        if !known.iter().any(|known| known == name) {
            return Err(ControlError::UnknownExporter { name: name.to_owned(), known });
        }
        self.switch(|controls| set(&mut controls.exporters_off, name, on))
    }

    /// Switches the spans of a module off or on, such as `shop::db`, with those of what it contains. What they
    /// enclose attaches to the span above; metrics are measured all the same.
    ///
    /// # Errors
    /// When the pipeline has ended, or everything was switched off for good.
    pub fn set_module(&self, path: &str, on: bool) -> Result<(), ControlError> {
        self.running()?.control.change_sites(|sites| set(&mut sites.modules_off, path, on));
        Ok(())
    }

    /// Switches the spans of a function off or on, by its path, such as `shop::cart::Cart::add`;
    /// [`catalog`](crate::catalog()) lists all of them. What they enclose attaches to the span above;
    /// metrics are measured all the same.
    ///
    /// # Errors
    /// When no annotated function has this path, when the pipeline has ended, or everything was switched off
    /// for good.
    pub fn set_function(&self, path: &str, on: bool) -> Result<(), ControlError> {
        let running = self.running()?;
        if let Err(nearest) = catalog::patterns::find_function(&catalog::catalog(), path) {
            return Err(ControlError::UnknownFunction { path: path.to_owned(), nearest });
        }
        running.control.change_sites(|sites| set(&mut sites.functions_off, path, on));
        Ok(())
    }

    /// Switches the export of a tenant's traces off or on. Its spans are dropped, and counted as
    /// [`SwitchedOff`](crate::loss::DropReason::SwitchedOff), which is no loss.
    ///
    /// # Errors
    /// When [tail sampling](crate::sampling::TailSampling::with_tenants) does not distinguish tenants, when
    /// the pipeline has ended, or everything was switched off for good.
    pub fn set_tenant(&self, tenant: &str, on: bool) -> Result<(), ControlError> {
        let running = self.running()?;
        let mut in_force = running.sampling.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = in_force.tail.as_mut().filter(|tail| tail.tenants.is_some());
        let tail = tail.ok_or(ControlError::NoTenants)?;
        set(&mut tail.tenants_off, tenant, on);
        in_force.apply_tail(&running.collector);
        Ok(())
    }

    /// Records this share of the traces that begin, from 0 to 1, and nothing of the others: the sampler
    /// decides about those that are left. All traces by default.
    ///
    /// Traces are chosen by their randomness, so services with the same share record the same ones, and a
    /// greater share records all those of a lesser one. Metrics do not depend on it.
    ///
    /// # Errors
    /// When it is no share, when the pipeline has ended, or everything was switched off for good.
    pub fn set_canary(&self, share: f64) -> Result<(), ControlError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(ControlError::Share(share));
        }
        let running = self.running()?;
        let mut in_force = running.sampling.lock().unwrap_or_else(PoisonError::into_inner);
        in_force.canary = share;
        in_force.apply(&running.collector);
        Ok(())
    }

    /// Returns what is switched off, such as `module shop::db`; empty if nothing is.
    ///
    /// # Errors
    /// When the pipeline has ended, or everything was switched off for good.
    pub fn off(&self) -> Result<Vec<String>, ControlError> {
        let running = self.running()?;
        let mut off = Vec::new();
        let controls = running.control.lock();
        let signals = [
            (controls.is_on, "telemetry"),
            (!controls.sites.all_off, "signal traces"),
            (controls.metrics, "signal metrics"),
            (controls.logs, "signal logs"),
        ];
        off.extend(signals.iter().filter(|(is_on, _)| !is_on).map(|(_, name)| (*name).to_owned()));
        let named = |what: &'static str, names: &[String]| -> Vec<String> {
            names.iter().map(|name| format!("{what} {name}")).collect()
        };
        off.extend(named("exporter", &controls.exporters_off));
        off.extend(named("module", &controls.sites.modules_off));
        off.extend(named("function", &controls.sites.functions_off));
        drop(controls);
        let in_force = running.sampling.lock().unwrap_or_else(PoisonError::into_inner);
        off.extend(in_force.tail.iter().flat_map(|tail| named("tenant", &tail.tenants_off)));
        if in_force.canary < 1.0 {
            off.push(format!("all traces but a share of {}", in_force.canary));
        }
        Ok(off)
    }

    fn switch(
        &self,
        change: impl FnOnce(&mut super::control::Controls),
    ) -> Result<(), ControlError> {
        let running = self.running()?;
        running.control.switch(change);
        if running.has_stopped() {
            // It has ended meanwhile, and must stay off.
            state::change(state::ON | state::METERING, false);
            return Err(ControlError::Ended);
        }
        Ok(())
    }

    fn running(&self) -> Result<Arc<Running>, ControlError> {
        let running = self.running.upgrade().filter(|running| !running.has_stopped());
        let running = running.ok_or(ControlError::Ended)?;
        if state::is_killed() { Err(ControlError::Killed) } else { Ok(running) }
    }
}

/// Adds a name to those that are off, or removes it.
fn set(off: &mut Vec<String>, name: &str, on: bool) {
    off.retain(|known| known != name);
    if !on {
        off.push(name.to_owned());
    }
}

impl fmt::Debug for SwitchHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SwitchHandle").finish_non_exhaustive()
    }
}
