//! Tests tail sampling of captures: verdicts, reasons, and budgets that follow the capture's clock.

use super::names;
use std::time::Duration;
use trace_runtime::sampling::{
    AlwaysOff, Composite, Probability, RateLimited, TailSampling, TenantLimits, Tenants,
};
use trace_runtime::{Instrument as _, Span, Status, in_span, trace};
use trace_testkit::matcher::between;
use trace_testkit::{Capture, capture};

const SECOND: Duration = Duration::from_secs(1);

fn with_tail(settings: TailSampling) -> Capture {
    let t = Capture::builder().with_tail_sampling(settings).start();
    t.clock();
    t
}

#[trace]
fn request(fails: bool) {
    step(fails);
}

#[trace]
fn step(fails: bool) {
    if fails {
        Span::current().set_status(Status::error("no"));
    }
}

#[test]
fn a_trace_with_an_error_is_kept_as_a_whole_and_the_others_are_dropped() {
    let t = with_tail(TailSampling::new(0.0));
    [false, true, false].into_iter().for_each(request);
    assert_eq!(names(&t), ["request", "step"]);
    t.span("request").one().has("sampling.reason", "error");
    t.sampled("request").times(1);
    t.sampled("request").kept_for("error", 1);
    t.sampled("request").dropped_for("sampled_out", 2);
}

#[test]
fn each_reason_is_the_one_of_a_pipeline() {
    let settings = TailSampling::new(0.0)
        .with_slow_named("slow *", SECOND)
        .with_attribute("tier", "gold")
        .with_event("cache.*");
    let t = with_tail(settings);
    in_span("slow one", |_| t.clock().step(SECOND));
    in_span("quick", |_| t.clock().step(SECOND));
    in_span("golden", |span| _ = span.set_attribute("tier", "gold"));
    in_span("cached", |span| _ = span.add_event("cache.miss", &[]));
    let panicked = std::panic::catch_unwind(|| in_span("panicked", |_| panic!("as intended")));
    assert!(panicked.is_err());
    t.sampled("slow one").kept_for("slow", 1);
    t.sampled("quick").dropped_for("sampled_out", 1);
    t.sampled("golden").kept_for("attribute", 1);
    t.sampled("cached").kept_for("event", 1);
    t.sampled("panicked").kept_for("panic", 1);
}

#[test]
fn a_budget_refills_with_the_clock() {
    let t = with_tail(TailSampling::new(1.0).with_budget(4.0));
    let second_of_traffic = || (0..5).for_each(|_| request(false));
    second_of_traffic();
    t.sampled("request").kept_for("probability", 2);
    t.sampled("request").dropped_for("quota", 3);
    t.clock().step(SECOND);
    second_of_traffic();
    // Reading in between has changed nothing.
    t.sampled("request").kept_for("probability", 4);
    t.sampled("request").dropped_for("quota", 6);
    assert_eq!(t.spans().len(), 8);
}

#[test]
fn a_share_is_the_same_share_each_time() {
    let kept = [7, 7, 8].map(|seed| {
        let tail = TailSampling::new(0.2);
        let t = Capture::builder().with_tail_sampling(tail).with_seed(seed).start();
        (0..200).for_each(|_| in_span("request", |_| ()));
        t.sampled("request").share(between(0.1, 0.3));
        t.spans().iter().map(|span| span.trace_id.to_u128()).collect::<Vec<_>>()
    });
    assert_eq!(kept[0], kept[1]);
    assert_ne!(kept[0], kept[2]);
}

#[test]
fn what_the_sampler_drops_is_kept_for_a_reason_only() {
    let builder = Capture::builder().with_sampler(AlwaysOff);
    let t = builder.with_tail_sampling(TailSampling::new(1.0)).start();
    request(false);
    request(true);
    assert_eq!(names(&t), ["request", "step"]);
    t.sampled("request").dropped_for("sampled_out", 1);
    t.sampled("request").kept_for("error", 1);
    assert!(t.snapshot().decisions.iter().all(|decision| !decision.sampled));
}

#[test]
fn sampler_and_tail_decide_by_the_same_randomness() {
    let builder = Capture::builder().with_sampler(Composite::new(Probability::new(0.5).unwrap()));
    let t = builder.with_tail_sampling(TailSampling::new(0.5)).start();
    (0..100).for_each(|_| in_span("request", |_| ()));
    for decision in &t.snapshot().decisions {
        assert_eq!(decision.sampled, decision.is_kept(), "{decision:?}");
    }
}

#[test]
fn a_trace_waits_for_what_is_open_and_not_for_ever() {
    let t = with_tail(TailSampling::new(0.0).with_timeout(30 * SECOND));
    let mut open = Span::builder("root").start();
    open.in_scope(|_| step(true));
    // Something speaks for it already.
    t.sampled("root").kept_for("error", 1);
    assert_eq!(names(&t), ["step"]);
    open.end();

    let mut open = Span::builder("late").start();
    open.in_scope(|_| step(false));
    t.sampled("late").undecided(1);
    assert_eq!(names(&t), ["root", "step"]);
    t.clock().step(31 * SECOND);
    t.sampled("late").dropped_for("sampled_out", 1);
    // What ends later follows the verdict.
    open.in_scope(|_| step(true));
    open.end();
    t.sampled("late").dropped_for("sampled_out", 1);
    assert_eq!(names(&t), ["root", "step"]);
}

#[test]
fn spans_on_other_threads_count_whenever_they_run() {
    for _ in 0..20 {
        let t = with_tail(TailSampling::new(0.0).with_reserve(3.0));
        for fails in [false, true, true] {
            in_span("request", |span| {
                let parent = span.context();
                std::thread::spawn(move || {
                    let _parent = parent.attach();
                    step(fails);
                })
                .join()
                .unwrap();
            });
        }
        t.sampled("request").dropped_for("sampled_out", 1);
        t.sampled("request").kept_for("error", 2);
        assert_eq!(t.spans().len(), 4);
    }
}

#[test]
fn a_tenant_keeps_to_its_quota() {
    let noisy = TenantLimits::new().with_spans_per_second(2.0);
    let tenants = Tenants::by("tenant").with_tenant("noisy", noisy);
    let t = with_tail(TailSampling::new(1.0).with_tenants(tenants));
    let of_tenant = |tenant: &'static str| {
        in_span(tenant, |span| _ = span.set_attribute("tenant", tenant));
    };
    for _ in 0..5 {
        of_tenant("noisy");
        of_tenant("quiet");
    }
    t.sampled("noisy").kept_for("probability", 2);
    t.sampled("noisy").dropped_for("quota", 3);
    t.sampled("quiet").always();
}

#[test]
fn what_takes_too_much_memory_is_evicted() {
    let t = with_tail(TailSampling::new(0.0).with_bytes(64 * 1024));
    let roots: Vec<_> = (0..100)
        .map(|_| {
            let mut root = Span::builder("root").start();
            root.in_scope(|_| in_span("x".repeat(1_000), |_| ()));
            t.clock().step(Duration::from_millis(1));
            root
        })
        .collect();
    roots.into_iter().for_each(trace_runtime::span::DetachedSpan::end);
    t.sampled("root").never();
    t.sampled("root").dropped_for("evicted", between(40, 90));
}

#[test]
fn a_rate_of_the_sampler_follows_the_clock_too() {
    let sampler = Composite::new(RateLimited::new(2.0).unwrap());
    let t = Capture::builder().with_sampler(sampler).start();
    t.clock();
    (0..5).for_each(|_| in_span("request", |_| ()));
    t.sampled("request").times(2);
    t.clock().step(SECOND);
    (0..5).for_each(|_| in_span("request", |_| ()));
    t.sampled("request").times(4);
}

#[test]
fn asynchronous_traces_are_decided_when_their_last_span_has_ended() {
    #[trace]
    async fn job(fails: bool) {
        tokio::task::yield_now().await;
        step(fails);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let t = with_tail(TailSampling::new(0.0));
    runtime.block_on(async {
        for fails in [true, false] {
            let spawned = in_span("request", |_| tokio::spawn(job(fails).in_current_span()));
            spawned.await.unwrap();
        }
    });
    // The root ends before its job fails.
    t.sampled("request").kept_for("error", 1);
    t.sampled("request").dropped_for("sampled_out", 1);
    assert_eq!(t.spans().len(), 3);
}

#[test]
fn captures_beside_it_keep_everything() {
    let t = with_tail(TailSampling::new(0.0));
    let other = capture();
    request(false);
    assert_eq!(other.spans().len(), 2);
    assert!(other.snapshot().decisions[0].verdict.is_none());
    assert!(t.spans().is_empty());
}

#[test]
#[should_panic(expected = "1.5")]
fn an_invalid_setting_is_refused_at_once() {
    let _ = Capture::builder().with_tail_sampling(TailSampling::new(1.5));
}
