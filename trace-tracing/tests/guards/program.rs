//! Random programs, which look at what is current after every step.

use crate::model::{Made, Model, Spot, ground};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::global;
use opentelemetry::trace::{Tracer as _, mark_span_as_active};
use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll, Waker};
use trace_runtime::{
    Baggage, Instrument as _, Span, SpanContext, in_span,
    propagation::{Context, SpanId, TraceFlags, TraceId},
    span, trace,
};
use trace_testkit::{Capture, CaptureHandle};
use trace_tracing::SpanExt as _;
use tracing::info_span;

/// One step. Those with a count take the steps that follow for their body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    /// `span!`.
    Block,
    Detached,
    Tracing,
    /// A span of `tracing` that was entered before, if there is one.
    TracingAgain(usize),
    /// A span of OpenTelemetry's API.
    OpenTelemetry,
    Remote,
    /// The context of a span that began before.
    Known(usize),
    /// The same with baggage.
    KnownWith(usize, u8),
    Baggage(u8),
    Capture(usize),
    Drop(usize),
    Leaf,
    Call(usize),
    /// A function that is current for OpenTelemetry too.
    Attached(usize),
    InScope(usize),
    InSpan(usize),
    InContext(usize, usize),
    Task(usize, usize),
    TaskInContext(usize, usize),
}

pub(crate) fn operations(count: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Operation>> {
    use Operation as Op;
    let any = any::<usize>();
    let body = 0..12_usize;
    let operation = prop_oneof![
        3 => Just(Op::Block),
        1 => Just(Op::Detached),
        2 => Just(Op::Tracing),
        1 => any.prop_map(Op::TracingAgain),
        2 => Just(Op::OpenTelemetry),
        1 => Just(Op::Remote),
        2 => any.prop_map(Op::Known),
        2 => (any, 0..3_u8).prop_map(|(at, baggage)| Op::KnownWith(at, baggage)),
        2 => (0..3_u8).prop_map(Op::Baggage),
        1 => (0..2_usize).prop_map(Op::Capture),
        12 => any.prop_map(Op::Drop),
        4 => Just(Op::Leaf),
        3 => body.clone().prop_map(Op::Call),
        1 => body.clone().prop_map(Op::Attached),
        1 => body.clone().prop_map(Op::InScope),
        1 => body.clone().prop_map(Op::InSpan),
        1 => (any, body.clone()).prop_map(|(at, body)| Op::InContext(at, body)),
        1 => (body.clone(), body.clone()).prop_map(|(first, second)| Op::Task(first, second)),
        1 => (any, body).prop_map(|(at, body)| Op::TaskInContext(at, body)),
    ];
    vec(operation, count)
}

struct Guard {
    key: usize,
    /// A future may hold it between its polls: what it has made current goes along.
    is_kept: bool,
    is_opentelemetry: bool,
    /// A span of `tracing` cannot distinguish which of its guards is dropped.
    tracing: Option<tracing::Id>,
    guard: Box<dyn Any>,
}

struct State {
    model: Model,
    next_key: usize,
    guards: Vec<Guard>,
    known: Vec<Spot>,
    contexts: Vec<SpanContext>,
    /// Those of `tracing`, with the baggage with which they began.
    entered: Vec<(tracing::Span, Spot, u8)>,
    /// Attached functions that run with a copy of baggage of OpenTelemetry's context.
    copies: usize,
    /// Parents of spans.
    parents: BTreeMap<Spot, Spot>,
    failure: Option<String>,
}

impl State {
    fn may_have_their_baggage(&self) -> bool {
        self.copies > 0 || self.guards.iter().any(|guard| guard.is_opentelemetry)
    }

    /// What a task has kept between its polls, as far as it is still there.
    fn resume(&mut self, kept: Vec<Made>) {
        for made in kept {
            if self.guards.iter().any(|guard| guard.key == made.key) {
                self.model.push(made);
            }
        }
    }
}

/// Cheap to clone; no borrow lasts while anything else runs.
#[derive(Clone)]
pub(crate) struct Program {
    state: Rc<RefCell<State>>,
    handles: Rc<[CaptureHandle; 2]>,
}

impl Program {
    pub(crate) fn run(is_live: bool, operations: &[Operation]) -> Result<(), String> {
        let builder = || match is_live {
            true => Capture::builder().live(),
            false => Capture::builder(),
        };
        let captures = [builder().start(), builder().start_elsewhere()];
        let state = State {
            model: Model::new(0),
            next_key: 0,
            guards: Vec::new(),
            known: Vec::new(),
            contexts: Vec::new(),
            entered: Vec::new(),
            copies: 0,
            parents: BTreeMap::new(),
            failure: None,
        };
        let handles = captures.each_ref().map(Capture::handle);
        let program = Self { state: Rc::new(RefCell::new(state)), handles: Rc::new(handles) };
        program.steps(operations);
        // Any order, as long as it does not depend on the length of the program.
        const LEFT: usize = 0x9e37_79b9;
        while program.drop_guard(LEFT) {
            program.look(&Operation::Drop(LEFT));
        }
        program.state.borrow_mut().entered.clear();
        program.leaf();
        let mut state = program.state.borrow_mut();
        if let Some(failure) = state.failure.take() {
            return Err(failure);
        }
        for (number, capture) in captures.iter().enumerate() {
            for span in capture.spans() {
                let spot = Spot { trace: span.trace_id, span: span.span_id, capture: number };
                let parent = state.parents.remove(&spot);
                let Some(parent) = parent else {
                    return Err(format!("{} is in the wrong capture", span.name));
                };
                if parent.span != span.parent_span_id {
                    return Err(format!("{} {spot:?} is no child of {parent:?}", span.name));
                }
            }
        }
        match state.parents.is_empty() {
            true => Ok(()),
            false => Err(format!("not recorded: {:?}", state.parents)),
        }
    }

    fn steps(&self, mut operations: &[Operation]) {
        while let Some((operation, rest)) = operations.split_first() {
            let count = |wanted: usize| wanted.min(rest.len());
            let taken = match *operation {
                Operation::Call(body) | Operation::Attached(body) => count(body),
                Operation::InScope(body) | Operation::InSpan(body) => count(body),
                Operation::InContext(_, body) | Operation::TaskInContext(_, body) => count(body),
                Operation::Task(first, second) => count(first + second),
                _ => 0,
            };
            let (body, rest) = rest.split_at(taken);
            self.step(*operation, body);
            self.look(operation);
            operations = rest;
            if self.state.borrow().failure.is_some() {
                return;
            }
        }
    }

    /// Compares what is current with what should be.
    fn look(&self, after: &Operation) {
        let current = Span::current().context();
        let mut state = self.state.borrow_mut();
        let expected = state.model.span();
        let mut expected = (expected.trace, expected.span, state.model.baggage());
        let baggage = Baggage::current();
        let baggage = baggage.get("n").map_or(0, |value| value.parse().unwrap());
        // Where we have none, that of OpenTelemetry's context is current. It is a copy of ours, where
        // the context was made within a function that is attached.
        if expected.2 == 0 && state.may_have_their_baggage() {
            let theirs = opentelemetry::Context::current();
            expected.2 = theirs.baggage().get("n").map_or(0, |it| it.as_str().parse().unwrap());
            expected.2 = expected.2.min(baggage);
        }
        let found = (current.trace_id(), current.span_id(), baggage);
        if found != expected && state.failure.is_none() {
            state.failure =
                Some(format!("after {after:?}: {found:?}, not {expected:?}: {:#?}", state.model));
        }
    }

    fn next_key(&self) -> usize {
        let mut state = self.state.borrow_mut();
        state.next_key += 1;
        state.next_key
    }

    fn below(&self, number: usize, of: impl Fn(&State) -> usize) -> Option<usize> {
        number.checked_rem(of(&self.state.borrow()))
    }

    /// A span has begun below what is current.
    fn has_begun(&self, span: &SpanContext) -> Spot {
        let mut state = self.state.borrow_mut();
        let parent = state.model.span();
        let spot = Spot { trace: span.trace_id(), span: span.span_id(), capture: parent.capture };
        if state.parents.insert(spot, parent).is_some() && state.failure.is_none() {
            state.failure = Some(format!("{spot:?} is not new"));
        }
        if state.known.len() == 16 {
            state.known.remove(0);
            state.contexts.remove(0);
        }
        state.known.push(spot);
        state.contexts.push(span.clone());
        spot
    }

    /// Keeps the guard of a span.
    fn keep(&self, guard: impl Any, span: Spot, is_opentelemetry: bool) {
        let key = self.next_key();
        let mut state = self.state.borrow_mut();
        state.model.push(Made { key, span: Some(span), baggage: None });
        let guard = Box::new(guard);
        state.guards.push(Guard { key, is_kept: false, is_opentelemetry, tracing: None, guard });
    }

    /// Keeps the guard of a span of `tracing`.
    fn keep_tracing(&self, span: tracing::Span, spot: Spot, baggage: u8) {
        let key = self.next_key();
        let mut state = self.state.borrow_mut();
        state.model.push(Made { key, span: Some(spot), baggage: Some(baggage) });
        let tracing = span.id();
        // Entered before anything is checked.
        let guard = Box::new(span.entered());
        state.guards.push(Guard { key, is_kept: false, is_opentelemetry: false, tracing, guard });
    }

    /// Keeps the guard of a context.
    fn keep_context(&self, guard: impl Any, span: Option<Spot>, baggage: Option<u8>) {
        let key = self.next_key();
        let mut state = self.state.borrow_mut();
        state.model.push(Made { key, span, baggage });
        let guard = Box::new(guard);
        state.guards.push(Guard {
            key,
            is_kept: true,
            is_opentelemetry: false,
            tracing: None,
            guard,
        });
    }

    /// Runs `body` with something current.
    fn within<R>(&self, span: Option<Spot>, baggage: Option<u8>, body: impl FnOnce() -> R) -> R {
        let key = self.next_key();
        self.state.borrow_mut().model.push(Made { key, span, baggage });
        let result = body();
        self.state.borrow_mut().model.remove(key);
        result
    }

    fn drop_guard(&self, number: usize) -> bool {
        let Some(at) = self.below(number, |state| state.guards.len()) else { return false };
        let guard = {
            let mut state = self.state.borrow_mut();
            let mut dropped = state.guards.remove(at);
            if dropped.tracing.is_some() {
                let same = state.guards.iter_mut().filter(|guard| guard.tracing == dropped.tracing);
                if let Some(last) = same.max_by_key(|guard| guard.key)
                    && last.key > dropped.key
                {
                    std::mem::swap(&mut last.key, &mut dropped.key);
                }
            }
            state.model.remove(dropped.key);
            dropped.guard
        };
        drop(guard);
        true
    }

    fn leaf(&self) {
        leaf(self);
    }

    fn step(&self, operation: Operation, body: &[Operation]) {
        match operation {
            Operation::Block => {
                let guard = span!("block");
                let spot = self.has_begun(&Span::current().context());
                self.keep(guard, spot, false);
            }
            Operation::Detached => {
                let span = Span::builder("detached").start();
                let spot = self.has_begun(&span.context());
                let guard = span.span().attach();
                self.keep_context((guard, span), Some(spot), None);
            }
            Operation::Tracing => {
                let baggage = self.state.borrow().model.baggage();
                let span = info_span!("tracing");
                let spot = self.has_begun(&span.span_context().unwrap());
                self.keep_tracing(span.clone(), spot, baggage);
                self.state.borrow_mut().entered.push((span, spot, baggage));
            }
            Operation::TracingAgain(number) => {
                let Some(at) = self.below(number, |state| state.entered.len()) else { return };
                let (span, spot, baggage) = self.state.borrow().entered[at].clone();
                self.keep_tracing(span, spot, baggage);
            }
            Operation::OpenTelemetry => {
                let guard = mark_span_as_active(global::tracer("library").start("opentelemetry"));
                let spot = self.has_begun(&Span::current().context());
                self.keep(guard, spot, true);
            }
            Operation::Remote => {
                let number = self.next_key() as u64;
                let (trace, span) = (TraceId::from_u128(7), SpanId::from_u64(1 << 60 | number));
                let capture = self.state.borrow().model.span().capture;
                let guard = SpanContext::remote(trace, span, TraceFlags::SAMPLED).attach();
                self.keep_context(guard, Some(Spot { trace, span, capture }), None);
            }
            Operation::Known(number) => {
                let Some((spot, context)) = self.known(number) else { return };
                self.keep_context(context.attach(), Some(spot), None);
            }
            Operation::KnownWith(number, value) => {
                let Some((spot, context)) = self.known(number) else { return };
                let context = Context::from(context).with_baggage(baggage(value));
                self.keep_context(context.attach(), Some(spot), Some(value));
            }
            Operation::Baggage(value) => {
                self.keep_context(baggage(value).attach(), None, Some(value));
            }
            Operation::Capture(number) => {
                let guard = self.handles[number].enter();
                let is_there = self.state.borrow().model.span().capture == number;
                let (span, baggage) = match is_there {
                    true => (None, None),
                    false => (Some(ground(number)), Some(0)),
                };
                self.keep_context(guard, span, baggage);
            }
            Operation::Drop(number) => {
                self.drop_guard(number);
            }
            Operation::Leaf => self.leaf(),
            Operation::Call(_) => call(self, body),
            Operation::Attached(_) => attached(self, body),
            Operation::InScope(_) => {
                let mut span = Span::builder("scope").start();
                let spot = self.has_begun(&span.context());
                let made = self.state.borrow().model.baggage();
                span.in_scope(|_| {
                    let since = self.last_key();
                    self.within(Some(spot), Some(made), || {
                        self.steps(body);
                        // What is kept is set aside, but OpenTelemetry would not notice.
                        self.drop_guards(|guard| guard.key > since && guard.is_opentelemetry);
                    });
                    self.state.borrow_mut().model.take_since(since);
                });
            }
            Operation::InSpan(_) => in_span("span", |span| {
                let spot = self.has_begun(&span.context());
                let made = self.state.borrow().model.baggage();
                self.within(Some(spot), Some(made), || self.steps(body));
            }),
            Operation::InContext(number, _) => {
                let Some((spot, context)) = self.known(number) else { return };
                let context = Context::from(context);
                context.in_scope(|| self.within(Some(spot), Some(0), || self.steps(body)));
            }
            Operation::Task(first, _) => {
                let (first, second) = body.split_at(first.min(body.len()));
                self.poll(task(self, first, second));
            }
            Operation::TaskInContext(number, _) => {
                let Some((spot, context)) = self.known(number) else { return };
                let task = async {
                    let since = self.last_key();
                    self.within(Some(spot), Some(0), || self.poll_of(body, since, false));
                };
                self.poll(task.with_context(Context::from(context)));
            }
        }
    }

    fn known(&self, number: usize) -> Option<(Spot, SpanContext)> {
        let at = self.below(number, |state| state.known.len())?;
        let state = self.state.borrow();
        Some((state.known[at], state.contexts[at].clone()))
    }

    /// The steps of a poll, which keeps no guards that were made since `first`, or contexts alone.
    fn poll_of(&self, body: &[Operation], first: usize, keeps_contexts: bool) {
        self.steps(body);
        self.drop_guards(|guard| guard.key > first && !(guard.is_kept && keeps_contexts));
    }

    fn drop_guards(&self, which: impl Fn(&Guard) -> bool) {
        loop {
            let at = self.state.borrow().guards.iter().position(&which);
            let Some(at) = at else { break };
            self.drop_guard(at);
        }
    }

    fn last_key(&self) -> usize {
        self.state.borrow().next_key
    }

    fn poll(&self, task: impl Future) {
        let mut task = pin!(task);
        let mut context = TaskContext::from_waker(Waker::noop());
        while task.as_mut().poll(&mut context).is_pending() {
            self.leaf();
        }
    }
}

fn baggage(value: u8) -> Baggage {
    match value {
        0 => Baggage::new(),
        value => Baggage::new().with_entry("n", value),
    }
}

#[trace]
fn leaf(program: &Program) {
    program.has_begun(&Span::current().context());
}

#[trace]
fn call(program: &Program, body: &[Operation]) {
    let spot = program.has_begun(&Span::current().context());
    program.within(Some(spot), None, || program.steps(body));
}

#[trace(attach)]
fn attached(program: &Program, body: &[Operation]) {
    let spot = program.has_begun(&Span::current().context());
    // Its context keeps the baggage that was there, when that of the library is gone.
    let copies = usize::from(program.state.borrow().may_have_their_baggage());
    program.state.borrow_mut().copies += copies;
    program.within(Some(spot), None, || program.steps(body));
    program.state.borrow_mut().copies -= copies;
}

#[trace]
async fn task(program: &Program, first: &[Operation], second: &[Operation]) {
    let spot = program.has_begun(&Span::current().context());
    // The task keeps the baggage that it has between its polls.
    let since = program.last_key();
    let (kept, made) = program.within(Some(spot), None, || {
        program.poll_of(first, since, true);
        let model = &mut program.state.borrow_mut().model;
        (model.take_since(since), model.baggage())
    });
    let mut has_yielded = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut has_yielded, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
    program.within(Some(spot), Some(made), || {
        program.state.borrow_mut().resume(kept);
        program.poll_of(second, since, false);
    });
}
