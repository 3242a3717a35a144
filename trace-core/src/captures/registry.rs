//! The registry of live captures, through which the slow path calls them.

use super::{HANDED, JUDGED, NUMBER, given_tick, is_counting};
use crate::caught::caught;
use crate::context::ids;
use crate::context::{Current, SpanId, TraceId};
use crate::fork;
use crate::kind::SpanKind;
use crate::sampler::{self, Decision, Initial, SamplerNeeds, SamplingInput, SamplingResult};
use crate::site::{Site, SiteInfo};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// The interface of a capture, called while spans start and end in it. No method may record
/// anything.
pub trait CaptureHooks: Send + Sync {
    /// Returns the count of the next span, from 1; called for deterministic captures only.
    fn next_span(&self) -> u32;
    /// Returns the count of the next trace, from 1; called for deterministic captures only.
    fn next_trace(&self) -> u64;
    /// Returns nanoseconds since the Unix epoch if the capture has its own clock; called for
    /// deterministic captures only.
    fn now(&self) -> Option<u64>;
    /// Returns the id that a sampler sees instead of a counted trace id, which is not random.
    fn sampled_id(&self, count: u64) -> TraceId;
    /// Decides about a local root, or about another span if [`needs`](Self::needs) asks for that;
    /// `None`: the pipeline's sampler decides.
    fn sample(&self, input: &SamplingInput<'_>) -> Option<SamplingResult>;
    /// Returns what the capture's sampler needs at a site, or at any; `None`: the pipeline's sampler
    /// decides.
    fn needs(&self, site: Option<&SiteInfo>) -> Option<SamplerNeeds>;
    /// Receives a decision.
    fn decided(&self, decided: Decided);
    /// Receives the loss of a span.
    fn lost_span(&self);
    /// Receives the loss of a detail of a span.
    fn lost_detail(&self);
}

/// The decision about a span.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decided {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// Its trace.
    pub trace_id: TraceId,
    /// Whether it is recorded.
    pub sampled: bool,
    /// Whether no sampler was asked because its parent is not recorded.
    pub follows_parent: bool,
}

/// The start of a trace outside all captures while there are live ones.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OrphanRoot<'a> {
    /// The name of its root.
    pub name: &'a str,
    /// The kind of its root.
    pub kind: SpanKind,
    /// The id of the trace.
    pub trace_id: TraceId,
    /// The id of its root.
    pub span_id: SpanId,
}

static SCOPES: RwLock<BTreeMap<u32, Arc<dyn CaptureHooks>>> = RwLock::new(BTreeMap::new());
/// The number of live captures.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// The receiver of orphans.
static ON_ORPHAN: RwLock<Option<fn(OrphanRoot<'_>)>> = RwLock::new(None);

/// Holds this lock across forks.
pub fn keep_over_forks() {
    fork::keep(&SCOPES, fork::unchanged);
    fork::keep(&ON_ORPHAN, fork::unchanged);
}

/// Puts a capture in force under the first free number from `wanted` on.
pub fn register(wanted: u32, scope: Arc<dyn CaptureHooks>) -> u32 {
    let mut scopes = SCOPES.write().unwrap_or_else(PoisonError::into_inner);
    let mut number = (wanted & NUMBER).max(1);
    while scopes.contains_key(&number) {
        number = ((number + 1) & NUMBER).max(1);
    }
    scopes.insert(number, scope);
    ALIVE.store(scopes.len(), Ordering::Relaxed);
    number
}

pub fn unregister(number: u32) {
    let mut scopes = SCOPES.write().unwrap_or_else(PoisonError::into_inner);
    let gone = scopes.remove(&number);
    ALIVE.store(scopes.len(), Ordering::Relaxed);
    drop(scopes);
    drop(gone);
}

pub fn on_orphan(hear: fn(OrphanRoot<'_>)) {
    *ON_ORPHAN.write().unwrap_or_else(PoisonError::into_inner) = Some(hear);
}

/// Returns whether no capture is live.
// HOT: one load per trace.
#[inline]
pub(crate) fn are_none() -> bool {
    ALIVE.load(Ordering::Relaxed) == 0
}

fn find(capture: u32) -> Option<Arc<dyn CaptureHooks>> {
    let number = capture & NUMBER;
    if number == 0 {
        return None;
    }
    SCOPES.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
}

/// Moves the context of a span that is about to start into its capture: assigns the serial that the
/// capture counts. Returns whether the span runs alongside others.
#[cold]
pub(crate) fn adopt(context: &mut Current) -> bool {
    let handed = context.capture & HANDED != 0;
    context.capture &= !HANDED;
    if is_counting(context.capture)
        && let Some(scope) = find(context.capture)
    {
        context.serial = ids::counted(context.capture & NUMBER, scope.next_span());
    }
    handed
}

/// Returns what the sampler of a capture needs at `site`, or at any; `None`: the capture has no sampler.
#[cold]
pub(crate) fn needs(capture: u32, site: Option<&'static Site>) -> Option<SamplerNeeds> {
    let scope = find(capture)?;
    caught(|| scope.needs(site.map(Site::info))).unwrap_or_default()
}

/// Returns the decision about a span, and the id of its trace if that begins here.
pub(crate) fn decide(capture: u32, input: &mut SamplingInput<'_>) -> SamplingResult {
    let Some(scope) = find(capture) else { return sampler::decide(input) };
    let mut seen = *input;
    if is_counting(capture) {
        match input.parent {
            None => {
                let count = scope.next_trace();
                input.trace_id = TraceId::from_u128(count.into());
                seen.trace_id = scope.sampled_id(count);
            }
            // The trace began in this capture if its id is a count.
            Some(parent) if !parent.is_remote() => {
                if let Ok(count) = u64::try_from(input.trace_id.to_u128()) {
                    seen.trace_id = scope.sampled_id(count);
                }
            }
            Some(_) => {}
        }
    }
    // The sampler of a test is user code too.
    let of_scope =
        caught(|| scope.sample(&seen)).unwrap_or_else(|_| Some(Decision::RecordAndSample.into()));
    let mut result = of_scope.unwrap_or_else(|| sampler::decide(&seen));
    if capture & JUDGED != 0 && result.decision == Decision::Drop && !result.is_final {
        result.decision = Decision::RecordOnly;
    }
    scope.decided(Decided {
        name: input.name().to_owned(),
        kind: input.kind,
        trace_id: input.trace_id,
        sampled: result.decision == Decision::RecordAndSample,
        follows_parent: false,
    });
    result
}

/// Notifies the capture of a span that is not recorded because its parent is not.
#[cold]
pub(crate) fn unsampled(
    context: &Current,
    site: &'static Site,
    kind: SpanKind,
    initial: Initial<'_>,
) {
    if let Some(scope) = find(context.capture) {
        scope.decided(Decided {
            name: initial.name.unwrap_or_else(|| site.info().name).to_owned(),
            kind,
            trace_id: TraceId::from_u128(context.trace_id),
            sampled: false,
            follows_parent: true,
        });
    }
}

/// Returns a tick of the clock that the span of this serial uses; `None`: the thread's.
#[inline(always)]
pub(crate) fn tick(serial: u64) -> Option<u64> {
    #[cold]
    fn tick(capture: u32) -> Option<u64> {
        find(capture)?.now().map(given_tick)
    }
    ids::capture_of(serial).and_then(tick)
}

/// Returns a tick of the clock of a capture; `None`: the thread's.
#[cold]
pub(crate) fn tick_in(capture: u32) -> Option<u64> {
    if !is_counting(capture) {
        return None;
    }
    find(capture)?.now().map(given_tick)
}

/// Returns the time by the clock of a capture, in nanoseconds since the Unix epoch; `None`: it has no
/// clock.
pub(crate) fn virtual_now(capture: u32) -> Option<u64> {
    tick_in(capture).and_then(super::virtual_nanos)
}

/// Returns the time by the clock of a capture, or by the system's.
pub(crate) fn now(capture: u32) -> SystemTime {
    match virtual_now(capture) {
        Some(nanos) => SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos),
        None => SystemTime::now(),
    }
}

/// Counts a lost span.
#[cold]
pub(crate) fn drop_span(capture: u32) {
    if let Some(scope) = find(capture) {
        scope.lost_span();
    }
}

/// Counts a lost detail of a span.
#[cold]
pub(crate) fn drop_details(capture: u32) {
    if let Some(scope) = find(capture) {
        scope.lost_detail();
    }
}

/// Reports a trace that begins outside all captures: a test may be missing it.
pub(crate) fn note_orphan(
    context: &Current,
    name: Option<&str>,
    site: &'static Site,
    kind: SpanKind,
) {
    if are_none() {
        return;
    }
    let hear = *ON_ORPHAN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(hear) = hear {
        let name = name.unwrap_or_else(|| site.info().name);
        let trace_id = TraceId::from_u128(context.trace_id);
        hear(OrphanRoot { name, kind, trace_id, span_id: ids::span_id(context.serial) });
    }
}
