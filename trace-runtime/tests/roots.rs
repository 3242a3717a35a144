//! Traces that begin and end on one thread, in a pipeline without captures, where roots take their fast
//! path: calls, guards and futures in any order, by random programs that note what they see.
#![cfg(feature = "metrics")]

use crate::support::is_alone;
use crate::support::metrics::Read;
use crate::support::programs::{self, Random, Task, yield_once};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, RecordedValue};
use trace_runtime::sampling::{Decision, Sampler, SamplingInput};
use trace_runtime::{
    Span, SpanContext, Telemetry, metered,
    propagation::{SpanId, TraceId},
    span,
    span::{Outcome, SpanGuard},
    trace,
};

/// A span as the program, or the exporter, saw it.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    trace: TraceId,
    own: SpanId,
    parent: SpanId,
    outcome: Outcome,
}

/// Keeps the spans that have an id.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<BTreeMap<u64, Seen>>>);

impl Exporter for Kept {
    fn name(&self) -> Cow<'static, str> {
        "kept".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let mut kept = self.0.lock().unwrap();
        for span in batch {
            let Some(RecordedValue::U64(id)) = span.attribute("id") else { continue };
            assert!(span.start_unix_nanos() <= span.end_unix_nanos());
            let (trace, own) = (span.trace_id(), span.span_id());
            let seen = Seen { trace, own, parent: span.parent_span_id(), outcome: span.outcome() };
            assert_eq!(kept.insert(id, seen), None);
        }
        Ok(())
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        Ok(())
    }
}

/// A random program and its diary. Cheap to clone; no borrow lasts while anything else runs.
#[derive(Clone)]
struct Program(Rc<RefCell<State>>);

struct State {
    random: Random,
    next_id: u64,
    seen: BTreeMap<u64, Seen>,
    roots: BTreeSet<TraceId>,
    tasks: Vec<(u64, Task)>,
    blocks: Vec<SpanGuard>,
}

impl Program {
    fn new(seed: u64) -> Self {
        Self(Rc::new(RefCell::new(State {
            random: Random::new(seed),
            next_id: seed << 32,
            seen: BTreeMap::new(),
            roots: BTreeSet::new(),
            tasks: Vec::new(),
            blocks: Vec::new(),
        })))
    }

    fn below(&self, limit: usize) -> usize {
        self.0.borrow_mut().random.below(limit)
    }

    fn next(&self) -> u64 {
        let mut state = self.0.borrow_mut();
        state.next_id += 1;
        state.next_id
    }

    /// Notes the span that has become current.
    fn entered(&self, id: u64, parent: &SpanContext, outcome: Outcome) {
        let own = Span::current().context();
        let mut state = self.0.borrow_mut();
        let (trace, own) = (own.trace_id(), own.span_id());
        assert!(trace.to_u128() != 0 && own != SpanId::INVALID);
        if parent.is_valid() {
            assert_eq!(trace, parent.trace_id());
        } else {
            assert!(state.roots.insert(trace), "a trace began twice");
        }
        state.seen.insert(id, Seen { trace, own, parent: parent.span_id(), outcome });
    }

    fn ended(&self, id: u64, outcome: Outcome) {
        self.0.borrow_mut().seen.get_mut(&id).unwrap().outcome = outcome;
    }

    fn steps(&self, depth: usize) {
        for _ in 0..self.below(5) {
            self.step(depth);
        }
    }

    fn step(&self, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let before = Span::current().context();
        match self.below(14) {
            0 => root(self.next(), self, depth),
            1 => measured_root(self.next(), self, depth),
            2 => described_root(self.next(), &"x".repeat(self.below(100)), self, depth),
            3 | 4 => plain(self.next(), &before, self, depth),
            5 => drop(failing(self.next(), &before, self, depth)),
            6 => {
                let id = self.next();
                let call = || panicking(id, &before, self, depth);
                catch_unwind(AssertUnwindSafe(call)).unwrap_err();
            }
            7 | 8 => {
                let id = self.next();
                let task = task(id, before.clone(), self.clone(), depth, self.below(3));
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
            11 | 12 => {
                let id = self.next();
                let block = span!("block", attrs(id));
                self.entered(id, &before, Outcome::Ok);
                self.0.borrow_mut().blocks.push(block);
            }
            _ => drop(self.take(|state| &mut state.blocks)),
        }
    }

    fn take<T>(&self, of: impl Fn(&mut State) -> &mut Vec<T>) -> Option<T> {
        let len = of(&mut self.0.borrow_mut()).len();
        (len > 0).then(|| self.below(len)).map(|at| of(&mut self.0.borrow_mut()).swap_remove(at))
    }

    fn poll(&self, id: u64, mut task: Task) {
        match programs::poll(&mut task) {
            Poll::Ready(()) => {}
            Poll::Pending => self.0.borrow_mut().tasks.push((id, task)),
        }
    }

    /// Ends what is open; nothing is current then.
    fn end(&self) {
        while let Some((id, task)) = self.take(|state| &mut state.tasks) {
            drop(task);
            self.ended(id, Outcome::Cancelled);
        }
        while self.take(|state| &mut state.blocks).is_some() {}
        assert!(!Span::current().context().is_valid());
    }
}

#[trace(root, attrs(id))]
fn root(id: u64, program: &Program, depth: usize) {
    program.entered(id, &SpanContext::default(), Outcome::Ok);
    program.steps(depth);
}

#[trace(root, attrs(id, text))]
fn described_root(id: u64, text: &str, program: &Program, depth: usize) {
    program.entered(id, &SpanContext::default(), Outcome::Ok);
    program.steps(depth);
}

#[trace(root, attrs(id))]
#[metered]
fn measured_root(id: u64, program: &Program, depth: usize) {
    program.entered(id, &SpanContext::default(), Outcome::Ok);
    program.steps(depth);
}

#[trace(attrs(id))]
#[metered]
fn plain(id: u64, parent: &SpanContext, program: &Program, depth: usize) {
    program.entered(id, parent, Outcome::Ok);
    program.steps(depth);
}

#[trace(attrs(id))]
fn failing(
    id: u64,
    parent: &SpanContext,
    program: &Program,
    depth: usize,
) -> Result<(), fmt::Error> {
    program.entered(id, parent, Outcome::Error);
    program.steps(depth);
    Err(fmt::Error)
}

#[trace(attrs(id))]
fn panicking(id: u64, parent: &SpanContext, program: &Program, depth: usize) {
    program.entered(id, parent, Outcome::Panic);
    program.steps(depth);
    resume_unwind(Box::new(()));
}

#[trace(attrs(id))]
async fn task(id: u64, parent: SpanContext, program: Program, depth: usize, yields: usize) {
    program.entered(id, &parent, Outcome::Ok);
    for left in (0..=yields).rev() {
        program.steps(depth);
        if left > 0 {
            yield_once().await;
        }
    }
}

fn install(kept: &Kept) -> Telemetry {
    let builder = Telemetry::builder().without_env().with_service_name("test");
    builder.with_exporter(kept.clone()).with_metric_reader(Read::reader().0).install().unwrap()
}

#[test]
fn what_is_recorded_is_what_the_program_saw() {
    if !is_alone("what_is_recorded_is_what_the_program_saw") {
        return;
    }
    let kept = Kept::default();
    let telemetry = install(&kept);
    let mut expected = BTreeMap::new();
    for seed in 1..=400 {
        let program = Program::new(seed);
        (0..12).for_each(|_| program.step(4));
        program.end();
        expected.append(&mut program.0.borrow_mut().seen);
    }
    let report = telemetry.shutdown(Duration::from_secs(20));
    assert!(report.is_balanced(), "{report}");
    let kept = kept.0.lock().unwrap();
    for (id, seen) in &expected {
        assert_eq!(kept.get(id), Some(seen), "span {id}, seed {}", id >> 32);
    }
    assert_eq!(kept.len(), expected.len());
}

/// Drops what it is asked about first, and records all else.
#[derive(Debug, Default)]
struct Second(Mutex<usize>);

impl Sampler for Second {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        let mut asked = self.0.lock().unwrap();
        *asked += 1;
        if *asked == 1 { Decision::Drop } else { Decision::RecordAndSample }
    }
}

#[test]
fn a_sampler_decides_about_each_root() {
    if !is_alone("a_sampler_decides_about_each_root") {
        return;
    }
    let kept = Kept::default();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(kept.clone())
        .with_sampler(Second::default())
        .install()
        .unwrap();
    for id in 1..=3_u64 {
        drop(span!("block", attrs(id)));
    }
    telemetry.shutdown(Duration::from_secs(20));
    assert_eq!(kept.0.lock().unwrap().keys().copied().collect::<Vec<_>>(), [2, 3]);
}
