//! Spans that are not bound to a lexical scope: those of futures, streams, and callbacks.

use super::aside::SetAside;
use super::deferred;
use super::fast;
use super::finish::{self, Finish};
use super::guard::StartArgs;
use super::late;
use super::packed::{Packed, PackedRef};
use super::root;
use super::share::{current_for_others, share};
use super::start::{Lineage, Start, catch_up, decide};
use super::start_record::{NewSpan, write_start};
use super::task_scope::{self, TaskScope};
use super::thread::local;
use crate::captures;
use crate::context::{Baggage, Current, SpanContext, bits};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::sampler::Initial;
use crate::site::Site;
use crate::state;
use crate::value::Value;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It starts when it is first entered, under the span that is current then.
    Waiting,
    /// It starts when it is first entered, under `context`.
    WaitingUnder,
    /// It is entered, and starts once its attributes are known (see `deferred.rs`).
    Deferred,
    /// It never becomes current: telemetry was off when it would have started.
    Passive,
    /// It is entered, and has no span: what it runs continues from what is current around it. If it is paused, it
    /// keeps that.
    Spanless,
    /// `context` is made current while it is entered.
    Active,
    /// It has ended; `context` is kept for later queries.
    Ended,
}

/// A span that becomes current whenever it is entered. It ends when it is asked to, or when
/// dropped.
pub(crate) struct TaskSpan {
    site: &'static Site,
    stage: Stage,
    recording: bool,
    outcome: Outcome,
    /// Whether it was entered as a call when it started; its caller, once it has been paused.
    pub(super) is_call: bool,
    pub(super) caller: u64,
    /// Whether the reader knows that other threads may add details to it.
    pub(super) is_shared: bool,
    /// The context of the span (`WaitingUnder`: of its parent); usually `None` while the span is
    /// entered. A future that is ready at once never needs it.
    pub(super) context: Option<Current>,
    /// The guards that its future holds between polls.
    pub(super) aside: Option<Box<SetAside>>,
}

impl TaskSpan {
    /// Creates a span of `site` that starts when first entered.
    #[inline]
    pub(crate) const fn waiting(site: &'static Site) -> Self {
        Self {
            site,
            stage: Stage::Waiting,
            recording: false,
            outcome: Outcome::Cancelled,
            is_call: false,
            caller: 0,
            is_shared: false,
            context: None,
            aside: None,
        }
    }

    /// Creates a span that starts when first entered, under a given parent.
    pub(crate) fn waiting_under(site: &'static Site, parent: Option<&SpanContext>) -> Self {
        let Some(parent) = parent else { return Self::waiting(site) };
        let mut span = Self::waiting(site);
        span.context = Some(Current::from_context(parent, 0));
        span.stage = Stage::WaitingUnder;
        span
    }

    /// Creates a span that starts now.
    pub(crate) fn started(
        site: &'static Site,
        kind: SpanKind,
        lineage: Lineage<'_>,
        args: StartArgs<'_>,
    ) -> Self {
        let mut span = Self::waiting(site);
        let name = args.plain_name.or(args.name.as_ref().and_then(fmt::Arguments::as_str));
        let initial = Initial { name, values: args.values, pairs: args.pairs };
        span.start(kind, initial, lineage, false);
        // The reader expects that of every span that is not entered when it starts.
        span.is_shared = true;
        if span.recording {
            late::describe_rest(span.serial(), args.name, &args.links);
        }
        span
    }

    /// Starts this span, which waits for these arguments.
    pub(crate) fn started_with(mut self, args: StartArgs<'_>) -> Self {
        let parent = self.context.take().map(|parent| parent.context());
        let lineage = Lineage::of(self.site, parent.as_ref());
        Self::started(self.site, self.site.span_kind(), lineage, args)
    }

    /// Creates a placeholder without a span.
    pub(crate) fn passive() -> Self {
        static NOWHERE: Site = Site::new("", 0);
        let mut span = Self::waiting(&NOWHERE);
        span.stage = Stage::Passive;
        span
    }

    /// Starts the span. `enters`: it is entered at once.
    fn start(&mut self, kind: SpanKind, initial: Initial<'_>, lineage: Lineage<'_>, enters: bool) {
        match start_span(self.site, kind, initial, lineage, enters, None) {
            Some((context, recording)) => {
                (self.context, self.recording) = (Some(context), recording);
                self.stage = Stage::Active;
            }
            None if enters => self.stage = Stage::Spanless,
            None => self.stage = Stage::Passive,
        }
    }

    /// Makes the span current until the returned guard is dropped; starts it if it has not started.
    #[inline]
    pub(crate) fn enter(&mut self) -> TaskScope<'_> {
        let (finish, restore) = self.begin();
        TaskScope { span: self, finish: Finish::from_bits(finish), restore }
    }

    // HOT: in and out by registers; a poll that starts a span is a call.
    #[inline(never)]
    pub(super) fn begin(&mut self) -> (u64, u64) {
        if self.stage == Stage::Waiting {
            let state = state::load();
            if !state::is_on(state) {
                self.stage = Stage::Passive;
                return (0, 0);
            }
            let enter = || fast::enter_numbers::<false, 0>(self.site, state, 0, []);
            let begun = enter().or_else(|| {
                // SAFETY: there are no values.
                let root = unsafe { root::enter(self.site, state, PackedRef::NONE, 0) };
                match root {
                    root::NOT_BEGUN if catch_up(self.site, state) => enter(),
                    root::NOT_BEGUN => None,
                    root => Some(root),
                }
            });
            if let Some(begun) = begun {
                self.stage = Stage::Active;
                self.recording = true;
                // SAFETY: the calling thread's own state.
                unsafe { (*local()).described = ptr::from_ref(self.site) as usize };
                return begun;
            }
        }
        self.begin_long()
    }

    #[inline(never)]
    fn begin_long(&mut self) -> (u64, u64) {
        // A new span takes the baggage that is current, and keeps it from then on.
        let has_baggage = !self.is_waiting();
        if self.is_waiting() {
            let parent = match (self.stage, self.context.take()) {
                (Stage::WaitingUnder, Some(parent)) => Some(parent.context()),
                _ => None,
            };
            // SAFETY: the calling thread's own state.
            if unsafe { deferred::waits(local(), self.site, parent.as_ref()) } {
                deferred::defer(self.site, parent);
                self.stage = Stage::Deferred;
                return (finish::DEFERRED, 0);
            }
            let lineage = Lineage::of(self.site, parent.as_ref());
            self.start(self.site.span_kind(), Initial::default(), lineage, true);
            let described = if self.recording { ptr::from_ref(self.site) as usize } else { 0 };
            // SAFETY: the calling thread's own state.
            unsafe { (*local()).described = described };
        }
        let (Stage::Active, Some(context)) = (self.stage, &self.context) else { return (0, 0) };
        let finish = Finish::entered(context.serial, self.recording).to_bits();
        let is_attached = self.site.is_attached(state::load());
        if has_baggage && !is_attached && self.aside.is_none() {
            // HOT: a poll within its own trace, or alone, moves no context.
            // SAFETY: the calling thread's own state.
            if let Some(key) = unsafe { (*local()).push_copy(context) } {
                return (finish, key);
            }
        }
        let Some(context) = self.context.take() else { return (0, 0) };
        let key = finish::make_current(context, is_attached, has_baggage);
        if let Some(aside) = self.aside.take() {
            // SAFETY: the calling thread's own state.
            unsafe { (*local()).resume(*aside) };
        }
        (finish, key)
    }

    /// Returns the state that is needed at the end.
    #[inline]
    pub(crate) fn finish(&self, serial: u64) -> Finish {
        Finish::new(serial, self.recording)
    }

    /// Returns whether it has started and not ended.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.stage == Stage::Active
    }

    /// Returns whether it starts when it is entered.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::WaitingUnder)
    }

    /// Returns whether it is entered, and starts once its attributes are known.
    #[inline]
    pub(super) fn is_deferred(&self) -> bool {
        self.stage == Stage::Deferred
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.recording && self.is_open()
    }

    pub(crate) fn serial(&self) -> u64 {
        self.context.as_ref().map_or(0, |context| context.serial)
    }

    pub(crate) fn context(&self) -> SpanContext {
        self.current().unwrap_or(&Current::NONE).context()
    }

    /// Returns what is current while it is entered, unless it is entered now.
    pub(crate) fn current(&self) -> Option<&Current> {
        self.context.as_ref()
    }

    /// Sets the outcome with which the span ends when it is dropped.
    pub(crate) fn set_outcome(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// Takes over the span that has started within the poll that is left, if one has. Returns what is needed at
    /// the end of the poll.
    #[cold]
    pub(super) fn settle(&mut self, finish: u64) -> (u64, u64) {
        self.context = None;
        match deferred::leave(finish) {
            Some(begun) => {
                (self.stage, self.recording) = (Stage::Active, begun.recording);
                (begun.finish, begun.restore)
            }
            None => {
                self.stage = Stage::Spanless;
                (finish::metered_of(finish), 0)
            }
        }
    }

    /// Keeps what is current, which is what a task without a span continues from where it is polled next.
    #[cold]
    pub(super) fn keep_surroundings(&mut self) {
        if self.stage == Stage::Spanless {
            let current = current_for_others();
            self.stage = Stage::Passive;
            if current.is_worth_keeping() {
                (self.context, self.stage) = (Some(current), Stage::Active);
            }
        }
    }

    pub(super) fn has_ended(&mut self) {
        self.recording = false;
        self.stage = Stage::Ended;
    }

    #[cold]
    #[inline(never)]
    fn abandon(&mut self) {
        let mut finish = self.finish(self.serial());
        finish.set_outcome(if std::thread::panicking() { Outcome::Panic } else { self.outcome });
        finish.end();
    }
}

/// Starts a span that its caller ends, at that tick or now. Returns its context, and whether it is
/// recorded; `None`: there is none.
#[inline]
pub fn start_span(
    site: &'static Site,
    kind: SpanKind,
    initial: Initial<'_>,
    lineage: Lineage<'_>,
    enters: bool,
    tick: Option<u64>,
) -> Option<(Current, bool)> {
    let local = local();
    // SAFETY: the calling thread's own state; each borrow ends before user code can run.
    unsafe {
        match decide(local, site, kind, initial, lineage) {
            // What is started here and entered elsewhere takes the current span along, and the decision to record
            // nothing.
            Start::Silent if !enters => Some(current_for_others())
                .filter(Current::is_worth_keeping)
                .map(|current| (current, false)),
            Start::Nothing if !enters && matches!(lineage, Lineage::Current) => {
                let current = &(*local).current;
                (current.bits & bits::UNSAMPLED != 0).then(|| (current.clone(), false))
            }
            Start::Nothing | Start::Silent => None,
            Start::Unrecorded(context) => {
                if !enters && context.is_recording() {
                    share(context.serial);
                }
                Some((context, false))
            }
            Start::Span { context, parent, flags, added } => {
                let (serial, capture, values) = (context.serial, context.capture, initial.values);
                let birth = NewSpan {
                    site,
                    kind,
                    serial,
                    capture,
                    parent,
                    flags,
                    enters,
                    values,
                    tick,
                    added: &added,
                };
                let recording = write_start(local, &context, &birth);
                Some((context, recording))
            }
        }
    }
}

/// Leaves the span in which a future has been dropped, if `begin` has entered it, and drops the span.
// One call, because each future has its own copy of this code.
#[inline(never)]
pub(super) fn close(span: &mut ManuallyDrop<TaskSpan>, finish: u64, restore: u64) {
    task_scope::pause(span, finish, restore);
    // SAFETY: the future is dropped once, and has no other use for its span.
    unsafe { ManuallyDrop::drop(span) };
}

impl Drop for TaskSpan {
    #[inline]
    fn drop(&mut self) {
        if self.stage == Stage::Active && self.recording {
            self.abandon();
        }
    }
}

/// Returns whether the running poll has just started a recorded span of `site`, or will once its attributes are
/// known.
#[inline(never)]
pub fn describing(site: &'static Site) -> bool {
    // SAFETY: the calling thread's own state.
    let has_started = unsafe { std::mem::take(&mut (*local()).described) };
    has_started == ptr::from_ref(site) as usize || deferred::evaluates(site)
}

/// Adds values, in the order of the site's keys, to a recorded span of `site` that the running poll
/// has just started.
#[inline(always)]
pub fn describe_values<const N: usize>(site: &'static Site, values: [Value<'_>; N]) {
    let (tags, packed) = Packed::new(values);
    // SAFETY: `N` values were packed.
    unsafe { describe_packed(site, packed.with_tags(tags), N) };
}

/// # Safety
/// There are `count` values.
#[inline(never)]
unsafe fn describe_packed(site: &'static Site, values: PackedRef<'_>, count: usize) {
    // SAFETY: as the caller promises; the calling thread's own state.
    unsafe {
        if !fast::describe(site, values, count) && describing(site) {
            describe(
                site,
                StartArgs { values: &values.unpack(count)[..count], ..StartArgs::new() },
            );
        }
    }
}

/// Gives the span of `site` that the running poll has just started its arguments, or starts it.
pub fn describe(site: &'static Site, args: StartArgs<'_>) {
    if !deferred::start(site, &args) {
        // SAFETY: the calling thread's own state.
        late::describe(unsafe { (*local()).current.serial }, &args);
    }
}

/// Returns the current context of the calling thread.
pub fn current() -> Current {
    // SAFETY: the calling thread's own state.
    unsafe { (*local()).current.clone() }
}

/// Passes the current context of the calling thread to `look`, which runs no user code and records nothing.
// HOT: without a copy, whose `tracestate` and baggage would be counted up and down.
#[inline]
pub fn look_at_current<R>(look: impl FnOnce(&Current) -> R) -> R {
    // SAFETY: the calling thread's own state, which nothing changes meanwhile.
    look(unsafe { &(*local()).current })
}

/// Returns the context of a span elsewhere, with this baggage, to be made current on the calling
/// thread: in the capture that `context` names, otherwise in the thread's.
pub fn arriving(context: &SpanContext, baggage: Baggage) -> Current {
    // SAFETY: the calling thread's own state.
    let capture = unsafe { (*local()).current.capture };
    let mut context = Current::from_context(context, capture & !captures::HANDED);
    // A context from another capture, or passed from a test to a thread, comes from another thread.
    if context.capture != 0 && context.capture != capture {
        context.capture |= captures::HANDED;
    }
    Current { baggage, ..context }
}
