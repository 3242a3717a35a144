//! Tests samplers of captures, and assertions on their decisions.

use super::names;
use trace_runtime::sampling::{AlwaysOff, Decision, Sampler, SamplingInput, TraceIdRatio};
use trace_runtime::{Span, SpanKind, in_span, trace};
use trace_testkit::{Capture, capture};

#[trace(kind = Server)]
fn health() {
    check();
}

#[trace]
fn check() {}

#[trace]
async fn asynchronous() {}

#[derive(Debug)]
struct NoHealthChecks;

impl Sampler for NoHealthChecks {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        match input.name() {
            "health" => Decision::Drop,
            _ => Decision::RecordAndSample,
        }
    }
}

fn decisions(t: &Capture) -> Vec<(String, bool, bool)> {
    let decisions = t.snapshot().decisions.into_iter();
    decisions.map(|it| (it.name, it.sampled, it.sampler.is_some())).collect()
}

#[test]
fn a_capture_has_its_own_and_hears_of_each_decision() {
    let t = Capture::builder().with_sampler(NoHealthChecks).start();
    let other = Capture::builder().with_sampler(AlwaysOff).start_elsewhere();
    health();
    check();
    Span::builder("health").start().end();
    in_span("pay", |_| ());
    assert_eq!(names(&t), ["check", "pay"]);
    let decision = |name: &str, sampled, asked| (name.to_owned(), sampled, asked);
    assert_eq!(
        decisions(&t),
        [
            decision("health", false, true),
            // Not asked about: its parent is not recorded.
            decision("check", false, false),
            decision("check", true, true),
            decision("health", false, true),
            decision("pay", true, true),
        ]
    );
    assert_eq!(t.snapshot().decisions[0].kind, SpanKind::Server);
    assert!(decisions(&other).is_empty());
    assert_eq!(trace_testkit::model::SpanData::new("x").name, "x");
}

#[test]
fn async_and_detached_children_of_unrecorded_spans_are_sampled_too() {
    let t = Capture::builder().with_sampler(AlwaysOff).start();
    in_span("root", |span| {
        futures(asynchronous());
        Span::builder("detached").start().end();
        Span::builder("under").with_parent(span).start().end();
    });
    let names: Vec<_> = decisions(&t).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["root", "asynchronous", "detached", "under"]);
    assert!(decisions(&t).iter().all(|(_, sampled, _)| !sampled));
}

fn futures(future: impl Future) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future);
}

#[test]
fn a_share_is_the_same_share_each_time() {
    let shares = [7, 7, 8].map(|seed| {
        let t = Capture::builder().with_sampler(TraceIdRatio::new(0.5)).with_seed(seed).start();
        (0..100).for_each(|_| in_span("request", |_| ()));
        t.spans().iter().map(|span| span.trace_id.to_u128()).collect::<Vec<_>>()
    });
    assert!((30..70).contains(&shares[0].len()));
    assert_eq!(shares[0], shares[1]);
    assert_ne!(shares[0], shares[2]);
}

#[test]
fn without_a_sampler_everything_is_recorded_and_the_decisions_are_known() {
    let t = capture();
    health();
    assert_eq!(decisions(&t), [("health".to_owned(), true, false)]);
}
