//! Changes sampling while the pipeline runs, and explains what is in force.

use super::in_force::{InForce, SetBy};
use super::running::Running;
use crate::baggage_attributes;
use crate::caught::caught;
use crate::sampling::{AlwaysOn, Explanation, ParentBased, Sampler, SamplingError, TailSampling};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Changes sampling while the program runs, and explains what is in force. Cheap to clone; it does not
/// keep the pipeline running.
///
/// A change takes effect as a whole, and no span is lost by it. The sampler decides about traces that begin
/// from then on; tail sampling also about those that are not decided yet.
///
/// ```no_run
/// use trace_runtime::Telemetry;
/// use trace_runtime::sampling::{Composite, ParentThreshold, Probability, TailSampling};
///
/// let telemetry = Telemetry::builder().with_tail_sampling(TailSampling::new(0.01)).install()?;
/// let sampling = telemetry.sampling();
/// // One request in ten, to begin with.
/// sampling.set_sampler(Composite::new(ParentThreshold::new(Probability::new(0.1)?)))?;
/// // Twice as many of those for which nothing speaks.
/// sampling.set_tail(TailSampling::new(0.02))?;
/// println!("{}", sampling.explain("GET /orders", None)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SamplingHandle {
    running: Weak<Running>,
}

impl SamplingHandle {
    pub(super) fn new(running: Option<&Arc<Running>>) -> Self {
        Self { running: running.map_or_else(Weak::new, Arc::downgrade) }
    }

    /// Puts another sampler in force. A file that is read again does not replace it.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn set_sampler(&self, sampler: impl Sampler) -> Result<(), SamplingError> {
        let running = self.running()?;
        let mut in_force = lock(&running.sampling);
        in_force.sampler_set_by = SetBy::Handle;
        put_sampler(&running, &mut in_force, Arc::new(sampler));
        Ok(())
    }

    /// Puts other settings of tail sampling in force. The collector uses them from its next sweep on,
    /// and a file that is read again does not replace them.
    ///
    /// # Errors
    /// When a setting is invalid, when the pipeline was installed without tail sampling, or when it has
    /// ended. The settings in force stay then.
    pub fn set_tail(&self, settings: TailSampling) -> Result<(), SamplingError> {
        let running = self.running()?;
        let mut settings = settings.check()?;
        let mut in_force = lock(&running.sampling);
        let Some(before) = &in_force.tail else { return Err(SamplingError::NoTail) };
        // Switches take precedence.
        settings.tenants_off.clone_from(&before.tenants_off);
        in_force.tail_set_by = SetBy::Handle;
        put_tail(&running, &mut in_force, settings);
        Ok(())
    }

    /// Returns the description of the sampler in force.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn sampler(&self) -> Result<String, SamplingError> {
        Ok(lock(&self.running()?.sampling).description.clone())
    }

    /// Returns the settings of tail sampling that are in force; `None` without it.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn tail(&self) -> Result<Option<TailSampling>, SamplingError> {
        Ok(lock(&self.running()?.sampling).tail.clone())
    }

    /// Explains what is kept of traces whose local root has this name, and this tenant.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn explain(&self, name: &str, tenant: Option<&str>) -> Result<Explanation, SamplingError> {
        let running = self.running()?;
        let in_force = lock(&running.sampling);
        Ok(Explanation::new(&in_force.description, in_force.tail.as_ref(), name, tenant))
    }

    fn running(&self) -> Result<Arc<Running>, SamplingError> {
        self.running.upgrade().filter(|running| !running.has_stopped()).ok_or(SamplingError::Ended)
    }
}

/// Puts a sampler in force, whatever has set the one before.
fn put_sampler(running: &Running, in_force: &mut InForce, sampler: Arc<dyn Sampler>) {
    note_sampler(in_force, Some(sampler));
    in_force.apply(&running.collector);
}

/// Notes the sampler that comes into force; `None`: the specification's default.
pub(super) fn note_sampler(in_force: &mut InForce, sampler: Option<Arc<dyn Sampler>>) {
    let described = match &sampler {
        Some(sampler) => caught(|| sampler.description()),
        None => Ok(ParentBased::new(AlwaysOn).description()),
    };
    in_force.description = described.unwrap_or_default();
    in_force.sampler = sampler;
}

/// Notes settings of tail sampling that come into force.
pub(super) fn note_tail(in_force: &mut InForce, settings: TailSampling) {
    baggage_attributes::set_tenant_key(settings.tenant_key());
    in_force.tail = Some(settings);
}

/// Puts settings of tail sampling in force.
fn put_tail(running: &Running, in_force: &mut InForce, settings: TailSampling) {
    note_tail(in_force, settings);
    in_force.apply_tail(&running.collector);
}

pub(super) fn lock(in_force: &Mutex<InForce>) -> MutexGuard<'_, InForce> {
    in_force.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for SamplingHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingHandle").finish_non_exhaustive()
    }
}
