//! Calls, futures, blocks, detached spans, attached contexts, panics, full rings, in any order:
//! whatever a thread does, each span is a child of the span that was current when it started, and
//! ends as it did.
//!
//! The record path leaves out data that its reader can infer from earlier records (`recorder/record.rs`).
//! Here random programs go through both, on the production path, and the result is compared with what
//! the program itself observed.

use crate::support::programs::{self, Random, Task, yield_once};
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::task::Poll;
use trace_runtime::{
    Span, SpanContext,
    propagation::{SpanId, TraceFlags, TraceId},
    span,
    span::{ContextGuard, DetachedSpan, Outcome, SpanGuard},
    trace,
};
use trace_testkit::{Capture, force::fill_ring, model::AttributeValue};

/// A span as the program saw it.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    trace: TraceId,
    trace_state: String,
    own: SpanId,
    parent: SpanId,
    /// `None`: it has not ended.
    outcome: Option<Outcome>,
    /// The ring was full when it started.
    lost: bool,
}

/// A random program and its diary. Cheap to clone; no borrow lasts while anything else runs.
#[derive(Clone)]
struct Program(Rc<RefCell<State>>);

struct State {
    random: Random,
    next_id: u64,
    seen: BTreeMap<u64, Seen>,
    contexts: Vec<SpanContext>,
    tasks: Vec<(u64, Task)>,
    blocks: Vec<(u64, SpanGuard)>,
    detached: Vec<(u64, DetachedSpan)>,
    attached: Vec<ContextGuard>,
    is_full: bool,
}

impl Program {
    fn new(seed: u64) -> Self {
        Self(Rc::new(RefCell::new(State {
            random: Random::new(seed),
            next_id: 1,
            seen: BTreeMap::new(),
            contexts: Vec::new(),
            tasks: Vec::new(),
            blocks: Vec::new(),
            detached: Vec::new(),
            attached: Vec::new(),
            is_full: false,
        })))
    }

    fn below(&self, limit: usize) -> usize {
        self.0.borrow_mut().random.below(limit)
    }

    /// The number of a span that is about to start.
    fn next(&self) -> u64 {
        let mut state = self.0.borrow_mut();
        state.next_id += 1;
        state.next_id
    }

    /// A span has started; `parent` was current before it.
    fn entered(&self, id: u64, parent: &SpanContext) {
        self.started(id, parent, Span::current().context());
    }

    fn started(&self, id: u64, parent: &SpanContext, own: SpanContext) {
        assert_ne!(own.span_id(), parent.span_id(), "span {id} is not current");
        let mut state = self.0.borrow_mut();
        let seen = Seen {
            trace: own.trace_id(),
            trace_state: own.trace_state().to_owned(),
            own: own.span_id(),
            parent: parent.span_id(),
            outcome: None,
            lost: state.is_full,
        };
        assert_eq!(state.seen.insert(id, seen), None);
        state.contexts.push(own);
    }

    fn ended(&self, id: u64, outcome: Outcome) {
        if let Some(seen) = self.0.borrow_mut().seen.get_mut(&id) {
            seen.outcome = Some(outcome);
        }
    }

    fn steps(&self, depth: usize) {
        for _ in 0..self.below(5) {
            self.step(depth);
        }
    }

    fn step(&self, depth: usize) {
        let Some(deeper) = depth.checked_sub(1) else { return };
        let parent = Span::current().context();
        match self.below(20) {
            0..3 => {
                let id = self.next();
                plain(id, self, &parent, deeper);
                self.ended(id, Outcome::Ok);
            }
            3 => {
                let id = self.next();
                described(id, "some text", 1.5, self, &parent, deeper);
                self.ended(id, Outcome::Ok);
            }
            4 => {
                let id = self.next();
                let failed = early(id, self, &parent, deeper);
                self.ended(id, if failed.is_err() { Outcome::Error } else { Outcome::Ok });
            }
            5 => {
                let id = self.next();
                lengthy(id, &"x".repeat(self.below(200)), self, &parent, deeper);
                self.ended(id, Outcome::Ok);
            }
            6 => {
                let id = self.next();
                let panic = catch_unwind(AssertUnwindSafe(|| panics(id, self, &parent, deeper)));
                expect_ours(panic.unwrap_err());
                self.ended(id, Outcome::Panic);
            }
            7 | 8 => {
                let id = self.next();
                let task = task(id, self.clone(), parent, deeper, self.below(3));
                self.poll(id, Box::pin(task));
            }
            9 => {
                if let Some((id, task)) = self.take(|state| &mut state.tasks) {
                    self.poll(id, task);
                }
            }
            10 => {
                if let Some((id, task)) = self.take(|state| &mut state.tasks) {
                    drop(task);
                    self.ended(id, Outcome::Cancelled);
                }
            }
            11 => {
                let id = self.next();
                let block = span!("block", attrs(id));
                self.entered(id, &parent);
                self.0.borrow_mut().blocks.push((id, block));
            }
            12 => {
                if let Some((id, block)) = self.take(|state| &mut state.blocks) {
                    drop(block);
                    self.ended(id, Outcome::Ok);
                }
            }
            13 => {
                let id = self.next();
                let mut span = Span::builder("detached").with_attribute("id", &id).start();
                self.started(id, &parent, span.context());
                span.in_scope(|_| self.steps(deeper));
                self.0.borrow_mut().detached.push((id, span));
            }
            14 => {
                if let Some((id, span)) = self.take(|state| &mut state.detached) {
                    span.end();
                    self.ended(id, Outcome::Ok);
                }
            }
            15 => {
                let attached = self.other_context().attach();
                self.steps(deeper);
                drop(attached);
            }
            16 => {
                let id = self.next();
                formatting(id, &Meddling(self), self, &parent, deeper);
                self.ended(id, Outcome::Ok);
            }
            17 => self.meddle(),
            18 => {
                let is_full = std::mem::replace(&mut self.0.borrow_mut().is_full, true);
                let full = (!is_full).then(fill_ring);
                self.steps(deeper);
                self.0.borrow_mut().is_full = is_full;
                drop(full);
            }
            _ => {
                let id = self.next();
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    let _on_drop = PanicsOnDrop(self, id);
                    resume_unwind(Box::new(Ours));
                }));
                expect_ours(caught.unwrap_err());
            }
        }
    }

    /// That of a span, or of another process's, in the same trace or another.
    fn other_context(&self) -> SpanContext {
        let known = self.0.borrow().contexts.len();
        let (trace, state) = (self.below(2) as u128 + 1, self.below(3));
        match self.below(4) {
            0 if known > 0 => {
                let other = self.below(known);
                self.0.borrow().contexts[other].clone()
            }
            1 => Span::current().context(),
            _ => SpanContext::new(
                TraceId::from_u128(trace),
                SpanId::from_u64(1 << 60 | trace as u64),
                TraceFlags::SAMPLED,
            )
            .with_trace_state(["", "a=1", "b=2"][state]),
        }
    }

    /// Ends a block out of turn, or makes a context current for longer than anything lasts.
    fn meddle(&self) {
        match self.below(3) {
            0 => {
                if let Some((id, block)) = self.take(|state| &mut state.blocks) {
                    drop(block);
                    self.ended(id, Outcome::Ok);
                }
            }
            1 => {
                let attached = self.other_context().attach();
                self.0.borrow_mut().attached.push(attached);
            }
            _ => drop(self.take(|state| &mut state.attached)),
        }
    }

    fn take<T>(&self, of: impl Fn(&mut State) -> &mut Vec<T>) -> Option<T> {
        let len = of(&mut self.0.borrow_mut()).len();
        (len > 0).then(|| self.below(len)).map(|at| of(&mut self.0.borrow_mut()).swap_remove(at))
    }

    fn poll(&self, id: u64, mut task: Task) {
        match programs::poll(&mut task) {
            Poll::Ready(()) => self.ended(id, Outcome::Ok),
            Poll::Pending => self.0.borrow_mut().tasks.push((id, task)),
        }
    }

    /// Ends what is open.
    fn end(&self) {
        while let Some((id, task)) = self.take(|state| &mut state.tasks) {
            drop(task);
            self.ended(id, Outcome::Cancelled);
        }
        while let Some((id, block)) = self.take(|state| &mut state.blocks) {
            drop(block);
            self.ended(id, Outcome::Ok);
        }
        while let Some((id, span)) = self.take(|state| &mut state.detached) {
            drop(span);
            self.ended(id, Outcome::Ok);
        }
        while self.take(|state| &mut state.attached).is_some() {}
    }
}

/// Does as it likes while it is formatted.
struct Meddling<'a>(&'a Program);

impl fmt::Display for Meddling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..self.0.below(3) {
            self.0.meddle();
        }
        f.write_str("done")
    }
}

#[trace(attrs(id, %meddling))]
fn formatting(
    id: u64,
    meddling: &Meddling<'_>,
    program: &Program,
    parent: &SpanContext,
    depth: usize,
) {
    let _ = meddling;
    program.entered(id, parent);
    program.steps(depth);
}

/// Calls what panics while the thread unwinds.
struct PanicsOnDrop<'a>(&'a Program, u64);

impl Drop for PanicsOnDrop<'_> {
    fn drop(&mut self) {
        let (Self(program, id), parent) = (self, Span::current().context());
        let panic = catch_unwind(AssertUnwindSafe(|| panics(*id, program, &parent, 0)));
        expect_ours(panic.unwrap_err());
        program.ended(*id, Outcome::Panic);
    }
}

#[trace(attrs(id))]
fn plain(id: u64, program: &Program, parent: &SpanContext, depth: usize) {
    program.entered(id, parent);
    program.steps(depth);
}

#[trace(attrs(id, text, number))]
fn described(
    id: u64,
    text: &str,
    number: f64,
    program: &Program,
    parent: &SpanContext,
    depth: usize,
) {
    let _ = (text, number);
    program.entered(id, parent);
    program.steps(depth);
}

#[trace("lengthy {text}", attrs(id, text, shown = %text))]
fn lengthy(id: u64, text: &str, program: &Program, parent: &SpanContext, depth: usize) -> usize {
    program.entered(id, parent);
    program.steps(depth);
    text.len()
}

#[trace(attrs(id))]
fn early(id: u64, program: &Program, parent: &SpanContext, depth: usize) -> Result<(), fmt::Error> {
    program.entered(id, parent);
    early_guarded(program, depth).ok_or(fmt::Error)?;
    program.steps(depth);
    Ok(())
}

/// May return early, and is no `Result`.
fn early_guarded(program: &Program, depth: usize) -> Option<()> {
    let (id, parent) = (program.next(), Span::current().context());
    let result = guarded(id, program, &parent, depth);
    program.ended(id, Outcome::Ok);
    result
}

#[trace(attrs(id))]
fn guarded(id: u64, program: &Program, parent: &SpanContext, depth: usize) -> Option<()> {
    program.entered(id, parent);
    (program.below(2) == 0).then_some(())?;
    program.steps(depth);
    Some(())
}

/// The payload of [`panics`], for which no hook is called.
struct Ours;

fn expect_ours(panic: Box<dyn Any + Send>) {
    if !panic.is::<Ours>() {
        resume_unwind(panic);
    }
}

/// Calls while the thread unwinds.
struct OnDrop<'a>(&'a Program);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        for _ in 0..self.0.below(3) {
            let (id, parent) = (self.0.next(), Span::current().context());
            plain(id, self.0, &parent, 0);
            self.0.ended(id, Outcome::Ok);
            early_guarded(self.0, 0);
        }
    }
}

#[trace(attrs(id))]
fn panics(id: u64, program: &Program, parent: &SpanContext, depth: usize) {
    let _on_drop = OnDrop(program);
    program.entered(id, parent);
    program.steps(depth);
    resume_unwind(Box::new(Ours));
}

#[trace(attrs(id))]
async fn task(id: u64, program: Program, parent: SpanContext, depth: usize, yields: usize) {
    program.entered(id, &parent);
    for left in (0..=yields).rev() {
        program.steps(depth);
        if left > 0 {
            yield_once().await;
        }
    }
}

fn check(seed: u64, live: bool) {
    let builder = Capture::builder();
    let capture = if live { builder.live().start() } else { builder.start() };
    let program = Program::new(seed);
    let root = span!("root");
    for _ in 0..12 {
        program.step(4);
    }
    program.end();
    drop(root);

    let spans: BTreeMap<u64, _> = capture
        .spans()
        .into_iter()
        .filter_map(|span| match span.attribute("id") {
            Some(AttributeValue::Int(id)) => Some((*id as u64, span)),
            _ => None,
        })
        .collect();
    let seen = &program.0.borrow().seen;
    let lost: Vec<_> =
        seen.iter().filter(|(id, seen)| !seen.lost && !spans.contains_key(id)).collect();
    assert!(lost.is_empty(), "seed {seed}: not recorded: {lost:?} {:?}", capture.snapshot().open);
    for (id, seen) in seen {
        let Some(span) = spans.get(id) else { continue };
        let recorded = Seen {
            trace: span.trace_id,
            trace_state: span.trace_state.clone(),
            own: span.span_id,
            parent: span.parent_span_id,
            outcome: span.outcome,
            lost: seen.lost,
        };
        assert_eq!(&recorded, seen, "span {id} ({}), seed {seed}", span.name);
        assert!(span.start_unix_nanos <= span.end_unix_nanos);
    }
}

#[test]
fn what_is_recorded_is_what_happened() {
    (1..=1000).for_each(|seed| check(seed, true));
}

#[test]
fn the_same_goes_where_every_call_takes_the_long_way() {
    (1..=200).for_each(|seed| check(seed, false));
}

/// Rings and what is known of them pass from thread to thread.
#[test]
fn the_same_goes_for_threads_that_come_and_go() {
    for seeds in (1..=300).collect::<Vec<_>>().chunks(3) {
        std::thread::scope(|scope| {
            for &seed in seeds {
                scope.spawn(move || check(seed, seed % 5 != 0));
            }
        });
    }
}

/// Ends spans, one of each kind, while it is formatted.
struct Ending(RefCell<Option<(SpanGuard, DetachedSpan)>>);

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        drop(self.0.take());
        f.write_str("ended")
    }
}

#[trace(attrs(before = 1_u64, %ending, after = 2_u64))]
fn formats(ending: &Ending) {
    let _ = ending;
}

#[test]
fn a_span_may_end_while_another_is_written() {
    let capture = Capture::builder().live().start();
    for _ in 0..10 {
        let detached = Span::builder("detached").start();
        formats(&Ending(RefCell::new(Some((span!("block"), detached)))));
    }
    capture.span("block").count(10);
    capture.span("detached").count(10);
    capture.span("formats").count(10);
    let formats = capture.span("formats").first();
    formats.has("before", 1).has("ending", "ended").has("after", 2);
    capture.strict();
}

#[test]
fn a_span_that_ends_while_its_child_is_written_is_current_no_more_behind_it() {
    let capture = Capture::builder().live().start();
    let root = span!("root");
    let detached = Span::builder("detached").start();
    formats(&Ending(RefCell::new(Some((span!("block"), detached)))));
    leaf();
    drop(root);
    capture.span("formats").one().child_of("block");
    capture.span("leaf").one().child_of("root");
}

#[trace]
fn leaf() {}

/// A context of another process, as a request brings it.
fn request(trace_state: &str) -> SpanContext {
    SpanContext::remote(TraceId::from_u128(7), SpanId::from_u64(8), TraceFlags::SAMPLED)
        .with_trace_state(trace_state)
}

#[test]
fn requests_of_one_trace_each_have_their_own_trace_state() {
    let capture = Capture::builder().live().start();
    let states: Vec<_> = (10..60).map(|request| format!("a={request}")).collect();
    for state in &states {
        let _attached = request(state).attach();
        leaf();
    }
    let recorded: Vec<_> = capture.spans().iter().map(|span| span.trace_state.clone()).collect();
    assert_eq!(recorded, states);
}

#[test]
fn what_a_thread_is_handed_before_it_records_keeps_its_trace_state() {
    let capture = Capture::builder().live().start();
    let handle = capture.handle();
    std::thread::spawn(move || {
        let _capture = handle.enter();
        let _attached = request("a=1").attach();
        leaf();
    })
    .join()
    .unwrap();
    assert_eq!(capture.spans()[0].trace_state, "a=1");
}

struct Calls(fn());

impl Drop for Calls {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[trace]
fn sinks() {
    let panic = Box::new(Ours);
    resume_unwind(panic);
}

#[test]
fn what_panics_while_the_thread_unwinds_has_panicked_all_the_same() {
    let capture = Capture::builder().live().start();
    let caught = catch_unwind(|| {
        let _calls = Calls(|| expect_ours(catch_unwind(sinks).unwrap_err()));
        resume_unwind(Box::new(Ours));
    });
    expect_ours(caught.unwrap_err());
    assert_eq!(capture.spans()[0].outcome, Some(Outcome::Panic));
}
