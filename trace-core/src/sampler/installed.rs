//! The sampler in force.

use super::{Decision, Sampler, SamplerNeeds, SamplingInput, SamplingResult};
use crate::caught::caught;
use crate::in_force::{InForce, Seen};
use crate::site::Site;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

thread_local! {
    static SEEN: Seen<Installed> = const { Seen::nothing() };
}
static SAMPLER: InForce<Installed> = InForce::new(&SEEN);

/// A sampler, and the version of the configuration that it belongs to.
struct Installed {
    sampler: Arc<dyn Sampler>,
    version: u8,
}

/// The version of the configuration in which the default was last in force.
static VERSION_OF_DEFAULT: AtomicU8 = AtomicU8::new(0);

/// Holds this lock across forks.
pub fn keep_over_forks() {
    SAMPLER.keep_over_forks();
}

/// Whether spans that the sampler drops are recorded nevertheless.
static RECORDS_ALL: AtomicBool = AtomicBool::new(false);

/// Puts `sampler` in force; `None`: the specification's default, which follows the parent and
/// records all traces that begin here. `records_all`: what it drops is recorded without being sampled.
/// `version`: that of the configuration, which is recorded with the traces that begin under it. Returns whether
/// its needs differ from site to site.
pub fn install(sampler: Option<Arc<dyn Sampler>>, records_all: bool, version: u8) -> bool {
    RECORDS_ALL.store(records_all, Ordering::Relaxed);
    let needs = sampler.as_ref().map(|sampler| caught(|| sampler.needs()).unwrap_or_default());
    if sampler.is_none() {
        VERSION_OF_DEFAULT.store(version, Ordering::Release);
    }
    SAMPLER.set(sampler.map(|sampler| Arc::new(Installed { sampler, version })));
    needs.unwrap_or_default() != SamplerNeeds::NONE
}

/// Returns what the sampler in force needs at any site. If the sampler panics: nothing.
#[cold]
pub(crate) fn needs() -> SamplerNeeds {
    let ask = |installed: &Installed| caught(|| installed.sampler.needs());
    SAMPLER.with(|sampler| sampler.map(ask).and_then(Result::ok).unwrap_or_default())
}

/// Returns what the sampler in force needs at `site`. If the sampler panics: nothing.
#[cold]
pub(crate) fn needs_at(site: &'static Site) -> SamplerNeeds {
    let ask = |installed: &Installed| caught(|| installed.sampler.needs_at(site.info()));
    SAMPLER.with(|sampler| sampler.map(ask).and_then(Result::ok).unwrap_or_default())
}

/// Returns whether the default is in force: no user code decides.
// HOT: one load.
#[inline]
pub(crate) fn is_default() -> bool {
    SAMPLER.is_nothing()
}

/// Returns the version of the configuration under which the default decides.
// HOT: one load. Where another sampler was in force between this and `is_default`, the default that came after
// it has the same answer, so the later version is the right one, too.
#[inline]
pub(crate) fn version_of_default() -> u8 {
    VERSION_OF_DEFAULT.load(Ordering::Relaxed)
}

/// Returns the answer of the sampler in force. If the sampler panics, the trace is recorded.
pub(crate) fn decide(input: &SamplingInput<'_>) -> SamplingResult {
    let mut result = SAMPLER.with(|installed| match installed {
        Some(Installed { sampler, version }) => {
            let result = caught(|| sampler.result(input));
            let result = result.unwrap_or(Decision::RecordAndSample.into());
            SamplingResult { version: *version, ..result }
        }
        None => SamplingResult { version: version_of_default(), ..default_for(input).into() },
    });
    if result.decision == Decision::Drop && !result.is_final && RECORDS_ALL.load(Ordering::Relaxed)
    {
        result.decision = Decision::RecordOnly;
    }
    result
}

fn default_for(input: &SamplingInput<'_>) -> Decision {
    match input.parent.filter(|parent| parent.is_valid()) {
        Some(parent) if !parent.is_sampled() => Decision::Drop,
        _ => Decision::RecordAndSample,
    }
}

/// Whether any span of this process was recorded without being sampled.
static HAS_RECORDED_ONLY: AtomicBool = AtomicBool::new(false);

/// Notes that a span is recorded without being sampled.
pub(crate) fn note_recorded_only() {
    HAS_RECORDED_ONLY.store(true, Ordering::Relaxed);
}

/// Returns whether finished spans may not be sampled; without it, no reader has to look for them.
// It is set before such a span is written into a ring, and read after the span was read from there.
pub fn has_recorded_only() -> bool {
    HAS_RECORDED_ONLY.load(Ordering::Relaxed)
}
