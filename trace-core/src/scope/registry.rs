//! The captures that are alive, and what the long way asks them.

use super::{DETERMINISTIC, HANDED, NUMBER, given_tick};
use crate::caught::caught;
use crate::context::{Current, SpanId, TraceId};
use crate::kind::SpanKind;
use crate::recorder::{fork, ids};
use crate::sampler::{self, Decision, SamplingInput};
use crate::site::Site;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// What a capture answers while spans start and end in it. No method may record anything.
pub trait Scope: Send + Sync {
    /// The count of the next span, from 1; asked in deterministic captures only.
    fn next_span(&self) -> u32;
    /// The count of the next trace, from 1; asked in deterministic captures only.
    fn next_trace(&self) -> u64;
    /// Nanoseconds since the Unix epoch, once the capture has a clock of its own; asked in
    /// deterministic captures only.
    fn now(&self) -> Option<u64>;
    /// What a sampler sees instead of a counted trace id, which is not random.
    fn sampled_id(&self, count: u64) -> TraceId;
    /// The decision about a local root; `None`: the pipeline's sampler decides.
    fn sample(&self, input: &SamplingInput<'_>) -> Option<Decision>;
    /// Hears what was decided.
    fn decided(&self, decided: Decided);
    /// Hears that a span was lost.
    fn lost_span(&self);
    /// Hears that something said of a span was lost.
    fn lost_detail(&self);
}

/// What was decided about a span.
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
    /// It was not asked about: its parent is not recorded.
    pub follows_parent: bool,
}

/// The start of a trace outside all captures while some are alive.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OrphanRoot<'a> {
    /// The name of its root.
    pub name: &'a str,
    /// The kind of its root.
    pub kind: SpanKind,
    /// The trace.
    pub trace_id: TraceId,
    /// Its root.
    pub span_id: SpanId,
}

static SCOPES: RwLock<BTreeMap<u32, Arc<dyn Scope>>> = RwLock::new(BTreeMap::new());
/// How many there are.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// Who hears of orphans.
static ON_ORPHAN: RwLock<Option<fn(OrphanRoot<'_>)>> = RwLock::new(None);

/// Has forks wait until no other thread is in here.
pub fn keep_over_forks() {
    fork::keep(&SCOPES, fork::unchanged);
    fork::keep(&ON_ORPHAN, fork::unchanged);
}

/// Puts a capture in force under the first number that is free from `wanted` on.
pub fn register(wanted: u32, scope: Arc<dyn Scope>) -> u32 {
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

fn find(capture: u32) -> Option<Arc<dyn Scope>> {
    let number = capture & NUMBER;
    if number == 0 {
        return None;
    }
    SCOPES.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
}

/// Whether contexts of this capture name spans by their count.
#[inline]
pub const fn is_counting(capture: u32) -> bool {
    capture & DETERMINISTIC != 0
}

/// Takes the context of a span that is about to start into its capture: gives it the serial that
/// the capture counts, and says whether it runs beside others.
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

/// The decision about a local root, and the id of its trace if that begins here.
pub(crate) fn decide(capture: u32, input: &mut SamplingInput<'_>) -> Decision {
    let Some(scope) = find(capture) else { return sampler::decide(input) };
    let mut seen = *input;
    if is_counting(capture) && input.parent.is_none() {
        let count = scope.next_trace();
        input.trace_id = TraceId::from_u128(count.into());
        seen.trace_id = scope.sampled_id(count);
    }
    // The sampler of a test is code of users too.
    let of_scope = caught(|| scope.sample(&seen)).unwrap_or(Some(Decision::RecordAndSample));
    let decision = of_scope.unwrap_or_else(|| sampler::decide(&seen));
    scope.decided(Decided {
        name: input.name().to_owned(),
        kind: input.kind,
        trace_id: input.trace_id,
        sampled: decision == Decision::RecordAndSample,
        follows_parent: false,
    });
    decision
}

/// Tells the capture of a span that is not recorded because its parent is not.
#[cold]
pub(crate) fn unsampled(
    context: &Current,
    site: &'static Site,
    kind: SpanKind,
    name: Option<&str>,
) {
    if let Some(scope) = find(context.capture) {
        scope.decided(Decided {
            name: name.unwrap_or_else(|| site.info().name).to_owned(),
            kind,
            trace_id: TraceId::from_u128(context.trace_id),
            sampled: false,
            follows_parent: true,
        });
    }
}

/// The tick of the clock that the span of this serial goes by; `None`: that of the thread.
#[inline(always)]
pub(crate) fn tick(serial: u64) -> Option<u64> {
    #[cold]
    fn tick(capture: u32) -> Option<u64> {
        find(capture)?.now().map(given_tick)
    }
    ids::capture_of(serial).and_then(tick)
}

/// The tick of the clock of a capture; `None`: that of the thread.
#[cold]
pub(crate) fn tick_in(capture: u32) -> Option<u64> {
    if !is_counting(capture) {
        return None;
    }
    find(capture)?.now().map(given_tick)
}

/// The time by the clock of a capture, or by the system's.
pub(crate) fn now(capture: u32) -> SystemTime {
    match tick_in(capture).and_then(super::virtual_nanos) {
        Some(nanos) => SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos),
        None => SystemTime::now(),
    }
}

/// Counts a span that was lost.
#[cold]
pub(crate) fn drop_span(capture: u32) {
    if let Some(scope) = find(capture) {
        scope.lost_span();
    }
}

/// Counts something said of a span that was lost.
#[cold]
pub(crate) fn drop_details(capture: u32) {
    if let Some(scope) = find(capture) {
        scope.lost_detail();
    }
}

/// A trace begins outside all captures: somebody may miss it.
pub(crate) fn note_orphan(
    context: &Current,
    name: Option<&str>,
    site: &'static Site,
    kind: SpanKind,
) {
    if ALIVE.load(Ordering::Relaxed) == 0 {
        return;
    }
    let hear = *ON_ORPHAN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(hear) = hear {
        let name = name.unwrap_or_else(|| site.info().name);
        let trace_id = TraceId::from_u128(context.trace_id);
        hear(OrphanRoot { name, kind, trace_id, span_id: ids::span_id(context.serial) });
    }
}
