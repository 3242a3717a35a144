//! Inner spans that rules thin out: what they enclose stays in its trace, and nothing is added to the span
//! above.

use super::{names, passed_on};
use opentelemetry::trace::{Span as _, Tracer as _};
use std::sync::Arc;
use std::time::Duration;
use trace_runtime::export::NullExporter;
use trace_runtime::sampling::{AlwaysOff, Composite, Rule, RuleBased, TailSampling};
use trace_runtime::{
    Instrument as _, Span, SpanContext, Status, Telemetry, in_span, metered, span, trace,
};
use trace_testkit::{Capture, tree};

fn thin(share: f64) -> Composite<RuleBased> {
    let rules = [Rule::thin(share).with_names(["thin*"]), Rule::keeping(1.0)];
    Composite::new(RuleBased::new(rules).unwrap())
}

fn without() -> Capture {
    Capture::builder().with_sampler(thin(0.0)).start()
}

/// Has no span; tries to change the current one.
#[trace(attrs(rows = 1))]
fn thin_query() -> SpanContext {
    parse();
    deface();
    Span::current().context()
}

fn deface() {
    let current = Span::current();
    current.set_attribute("defaced", true).set_status(Status::error("defaced"));
    current.add_event("defaced", &[]).update_name("defaced");
}

/// Changes nothing.
#[trace]
fn thin_step() {
    parse();
}

#[trace]
fn parse() {
    Span::current().set_attribute("own", true);
}

#[trace]
async fn thin_fetch() {
    tokio::task::yield_now().await;
    parse();
    deface();
    tokio::task::yield_now().await;
    deface();
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Nothing was added to any span.
#[track_caller]
fn assert_untouched(t: &Capture) {
    for span in t.spans() {
        assert!(span.attribute("defaced").is_none() && span.events.is_empty(), "{}", span.name);
        assert!(!span.is_error() && !span.name.contains("defaced"), "{}", span.name);
    }
}

#[test]
fn what_is_left_out_is_written_nowhere_and_loses_nothing_below() {
    let t = without();
    in_span("request", |span| {
        let within = thin_query();
        // Services that are called from there continue from the span above.
        assert_eq!(within, span.context());
        assert!(Span::current().is_recording());
        Span::current().set_attribute("after", true);
    });
    t.assert_tree(tree! { "request" ["after" = true] => { "parse" ["own" = true] } });
    assert_untouched(&t);
    t.sampled("thin_query").never();
}

#[test]
fn each_form_of_span_is_left_out() {
    let t = without();
    in_span("request", |_| {
        block_on(thin_fetch());
        in_span("thin span", |span| {
            assert!(!span.is_recording());
            parse();
            deface();
        });
        {
            let _block = span!("thin block");
            parse();
            deface();
        }
        // Within another one.
        in_span("thin outer", |_| thin_query());
        opentelemetry::global::tracer("other").start("thin of the API").end();
    });
    t.assert_tree(tree! { "request" => { "parse" * 4 } });
    assert_untouched(&t);
}

#[test]
fn a_span_that_is_left_out_passes_its_place_on() {
    #[trace(parent = parent)]
    fn thin_elsewhere(parent: SpanContext) {
        parse();
        deface();
    }
    #[trace]
    fn thin_opaque() -> impl Future<Output = ()> {
        let ready = ();
        async move {
            let () = ready;
            parse();
        }
    }
    let t = without();
    in_span("request", |span| {
        let mut detached = Span::builder("thin detached").start();
        let opaque = thin_opaque();
        let parent = span.context();
        std::thread::scope(|scope| {
            scope.spawn(|| detached.in_scope(|_| parse()));
            scope.spawn(|| thin_elsewhere(parent));
            scope.spawn(|| block_on(opaque));
        });
        let task = in_span("thin task", |_| async { parse() }.in_current_span());
        std::thread::scope(|scope| _ = scope.spawn(|| block_on(task)));
    });
    t.assert_tree(tree! { "request" => { "parse" * 4 } });
    assert_untouched(&t);
}

#[test]
fn a_trace_has_all_of_them_or_none() {
    let share = 0.3;
    let t = Capture::builder().with_sampler(thin(share)).start();
    for _ in 0..300 {
        in_span("request", |_| (0..3).for_each(|_| thin_step()));
    }
    let mut counts = std::collections::HashMap::<_, usize>::new();
    t.spans().iter().for_each(|span| *counts.entry(span.trace_id).or_default() += 1);
    assert!(counts.values().all(|&spans| spans == 7 || spans == 4), "{counts:?}");
    t.sampled("thin_step").share(trace_testkit::matcher::between(0.2, 0.4));
    t.span("parse").count(900);
    t.span("request").count(300);
}

#[test]
fn a_trace_is_decided_by_the_rules_for_its_root() {
    let t = without();
    thin_step();
    assert_eq!(names(&t), ["thin_step", "parse"]);
    t.sampled("thin_step").always();
    drop(t);
    let rules = [Rule::thin(1.0).with_names(["thin*"]), Rule::new(AlwaysOff)];
    let sampler = Composite::new(RuleBased::new(rules).unwrap());
    let t = Capture::builder().with_sampler(sampler).start();
    in_span("request", |_| assert!(!passed_on().0 && !thin_query().is_sampled()));
    assert!(t.spans().is_empty());
}

#[test]
fn it_is_measured_all_the_same() {
    #[trace]
    #[metered]
    fn thin_metered(fails: bool) -> Result<(), std::num::ParseIntError> {
        parse();
        if fails { "x".parse::<u64>().map(drop) } else { Ok(()) }
    }
    #[trace]
    #[metered]
    async fn thin_metered_later() {
        tokio::task::yield_now().await;
        parse();
    }
    let t = without();
    in_span("request", |_| {
        assert!(thin_metered(false).is_ok() && thin_metered(true).is_err());
        block_on(thin_metered_later());
    });
    t.assert_tree(tree! { "request" => { "parse" * 3 } });
    t.counter("function.calls").with("result", "ok").delta(2);
    t.counter("function.calls").with("result", "error").delta(1);
}

#[test]
fn a_panic_and_a_dropped_future_restore_what_was_current() {
    #[trace]
    fn thin_panics(panics: bool) {
        assert!(!panics, "as intended");
    }
    let t = without();
    in_span("request", |span| {
        assert!(std::panic::catch_unwind(|| thin_panics(true)).is_err());
        assert_eq!(Span::current().context(), span.context());
        let mut fetch = Box::pin(thin_fetch());
        let waker = std::task::Waker::noop();
        assert!(fetch.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
        drop(fetch);
        assert!(Span::current().is_recording());
        parse();
    });
    t.assert_tree(tree! { "request" => { "parse" } });
    assert_untouched(&t);
}

#[test]
fn tail_sampling_does_not_bring_them_back_and_books_balance() {
    if !crate::support::is_alone("tail_sampling_does_not_bring_them_back_and_books_balance") {
        return;
    }
    let tail = TailSampling::new(1.0);
    let builder = Telemetry::builder().without_env().with_exporter(NullExporter::new());
    let builder = builder.with_sampler(Arc::new(thin(0.0))).with_tail_sampling(tail);
    let telemetry = builder.install().unwrap();
    for _ in 0..1_000 {
        in_span("request", |_| {
            thin_query();
            thin_query();
        });
    }
    let report = telemetry.force_flush(Duration::from_secs(60)).unwrap();
    assert_eq!(report.started, 3_000, "{report:?}");
    assert!(report.is_balanced() && report.is_lossless(), "{report:?}");
    assert!(report.dropped.is_empty(), "{report:?}");
}

#[test]
fn a_share_that_is_none_is_refused() {
    for share in [-0.1, 1.5, f64::NAN] {
        let error = RuleBased::new([Rule::thin(share)]).unwrap_err().to_string();
        assert!(error.contains("rule 1") && error.contains(&share.to_string()), "{error}");
    }
    let description = trace_runtime::sampling::Sampler::description(&thin(0.25));
    assert!(description.contains("parent=[Local]):Thin{0.25}"), "{description}");
}
