//! A span that is not bound to a scope: the one of a future, a stream, or of a callback to come.

use super::guard::{Finish, StartArgs};
use super::late;
use super::start::{Lineage, Start, decide, write_span, write_start};
use super::thread::local;
use crate::context::{Current, SpanContext, bits};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::site::Site;
use crate::state;
use std::ptr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It starts when it is first entered, under the span that is current then.
    Waiting,
    /// It starts when it is first entered, under `context`.
    WaitingUnder,
    /// It never becomes current: telemetry was off when it would have started.
    Passive,
    /// `context` is made current while it is entered.
    Active,
    /// It has ended; `context` stays for those who ask.
    Ended,
}

/// A span that becomes current whenever it is entered and ends when told, or when dropped.
pub(crate) struct TaskSpan {
    context: Current,
    site: &'static Site,
    stage: Stage,
    recording: bool,
    outcome: Outcome,
}

impl TaskSpan {
    /// A span of `site` that starts when first entered.
    #[inline]
    pub(crate) const fn waiting(site: &'static Site) -> Self {
        Self {
            context: Current::NONE,
            site,
            stage: Stage::Waiting,
            recording: false,
            outcome: Outcome::Cancelled,
        }
    }

    /// The same under a given parent.
    pub(crate) fn waiting_under(site: &'static Site, parent: Option<&SpanContext>) -> Self {
        let Some(parent) = parent else { return Self::waiting(site) };
        Self {
            context: Current::from_context(parent),
            stage: Stage::WaitingUnder,
            ..Self::waiting(site)
        }
    }

    /// A span that starts now.
    pub(crate) fn started(
        site: &'static Site,
        kind: SpanKind,
        lineage: Lineage<'_>,
        args: StartArgs<'_>,
    ) -> Self {
        let mut span = Self::waiting(site);
        span.start(kind, lineage, args.values);
        if span.recording {
            late::describe_rest(span.context.serial, args.name, &args.links);
        }
        span
    }

    /// A span that is none.
    pub(crate) fn passive() -> Self {
        static NOWHERE: Site = Site::new("", 0);
        let mut span = Self::waiting(&NOWHERE);
        span.stage = Stage::Passive;
        span
    }

    fn start(&mut self, kind: SpanKind, lineage: Lineage<'_>, values: &[crate::value::Value<'_>]) {
        let local = local();
        // SAFETY: the calling thread's own state; each borrow ends before user code can run.
        unsafe {
            match decide(local, self.site, kind, lineage) {
                Start::Nothing => self.stage = Stage::Passive,
                Start::Unrecorded(context) => {
                    self.context = context;
                    self.stage = Stage::Active;
                }
                Start::Span { context, parent, remote_parent } => {
                    self.recording = write_start(
                        local,
                        self.site,
                        kind,
                        &context,
                        parent,
                        remote_parent,
                        values,
                    );
                    self.context = context;
                    self.stage = Stage::Active;
                }
            }
        }
    }

    /// Starts the span on its first poll.
    #[inline]
    fn start_waiting(&mut self) {
        let local = local();
        // SAFETY: the calling thread's own state; no user code runs on this path.
        unsafe {
            // HOT: the same test as for a synchronous call.
            if self.stage == Stage::Waiting
                && (*local).current.bits == bits::RECORDING | bits::WRITTEN
                && self.site.is_resolved_for(state::load())
            {
                let serial = (*local).ids.serial();
                let parent = (*local).current.serial;
                self.context = Current { serial, ..(*local).current.clone() };
                let kind = self.site.span_kind() as u8;
                self.recording = write_span(local, self.site, kind, serial, parent, &[]);
                if !self.recording
                    && let Some(ring) = (*local).producer.ring()
                {
                    ring.dropped_full.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
                self.stage = Stage::Active;
            } else {
                let parent = (self.stage == Stage::WaitingUnder).then(|| self.context.context());
                let lineage = Lineage::of(self.site, parent.as_ref());
                self.start(self.site.span_kind(), lineage, &[]);
            }
            (*local).described = if self.recording { ptr::from_ref(self.site) as usize } else { 0 };
        }
    }

    /// Makes the span current until the scope is dropped; starts it if it has not started.
    #[inline(never)]
    pub(crate) fn enter(&mut self) -> TaskScope<'_> {
        if matches!(self.stage, Stage::Waiting | Stage::WaitingUnder) {
            self.start_waiting();
        }
        let previous = (self.stage == Stage::Active).then(|| {
            let context = std::mem::replace(&mut self.context, Current::NONE);
            // SAFETY: the calling thread's own state.
            unsafe { (*local()).swap_current(context) }
        });
        TaskScope { span: self, previous, panicking: std::thread::panicking() }
    }

    /// What can be said at the end.
    #[inline]
    pub(crate) fn finish(&self, serial: u64) -> Finish {
        Finish::new(serial, self.recording)
    }

    /// Whether it has started and not ended.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.stage == Stage::Active
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.recording && self.is_open()
    }

    pub(crate) fn serial(&self) -> u64 {
        self.context.serial
    }

    pub(crate) fn context(&self) -> SpanContext {
        self.context.context()
    }

    /// Sets how the span ends when it is dropped.
    pub(crate) fn set_outcome(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for TaskSpan {
    #[inline]
    fn drop(&mut self) {
        if self.stage == Stage::Active && self.recording {
            let mut finish = self.finish(self.context.serial);
            finish.set_outcome(if std::thread::panicking() {
                Outcome::Panic
            } else {
                self.outcome
            });
            finish.end();
        }
    }
}

/// The time during which a task's span is current.
pub(crate) struct TaskScope<'a> {
    span: &'a mut TaskSpan,
    previous: Option<Current>,
    panicking: bool,
}

impl TaskScope<'_> {
    /// Whether a span of this process is being recorded in this scope.
    #[inline]
    pub(crate) fn finish(&self) -> Finish {
        // SAFETY: the calling thread's own state.
        self.span.finish(unsafe { (*local()).current.serial })
    }

    /// Ends the span.
    #[inline]
    pub(crate) fn end(self, finish: &Finish) {
        finish.end();
        self.span.recording = false;
        self.span.stage = Stage::Ended;
    }
}

impl Drop for TaskScope<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some(previous) = self.previous.take() else { return };
        // SAFETY: the calling thread's own state.
        self.span.context = unsafe { (*local()).swap_current(previous) };
        if std::thread::panicking() && !self.panicking && self.span.is_recording() {
            let mut finish = self.span.finish(self.span.context.serial);
            finish.set_outcome(Outcome::Panic);
            finish.end();
            self.span.recording = false;
            self.span.stage = Stage::Ended;
        }
    }
}

/// Whether the running poll has just started a recorded span of `site`.
#[inline(never)]
pub fn describing(site: &'static Site) -> bool {
    // SAFETY: the calling thread's own state.
    unsafe { std::mem::take(&mut (*local()).described) == ptr::from_ref(site) as usize }
}

/// Gives the span that the running poll has just started what it brings.
pub fn describe(site: &'static Site, args: StartArgs<'_>) {
    let _ = site;
    // SAFETY: the calling thread's own state.
    let serial = unsafe { (*local()).current.serial };
    if !args.values.is_empty() {
        late::site_fields(serial, 0, args.values);
    }
    late::describe_rest(serial, args.name, &args.links);
}

/// The current context of the calling thread.
pub(crate) fn current() -> Current {
    // SAFETY: the calling thread's own state.
    unsafe { (*local()).current.clone() }
}

/// Makes `context` current until the guard is dropped.
pub(crate) fn attach(context: &SpanContext) -> Attached {
    // SAFETY: the calling thread's own state.
    let previous = unsafe { (*local()).swap_current(Current::from_context(context)) };
    Attached { previous: Some(previous), _thread: std::marker::PhantomData }
}

/// Restores what was current before [`attach`]. Not `Send`.
pub(crate) struct Attached {
    previous: Option<Current>,
    _thread: std::marker::PhantomData<*const ()>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        if let Some(previous) = self.previous.take() {
            // SAFETY: the calling thread's own state.
            drop(unsafe { (*local()).swap_current(previous) });
        }
    }
}
