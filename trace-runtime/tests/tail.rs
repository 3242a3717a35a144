//! Tail sampling: which traces are kept once they have ended, why, and what became of the others.
#![cfg(feature = "enabled")]

use crate::support::is_alone;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::export::{AllSpans, ExportError, Exporter, FinishedSpan, RecordedValue};
use trace_runtime::loss::{DropReason, LossReport};
use trace_runtime::propagation::{self, SpanId, TraceFlags, TraceId};
use trace_runtime::sampling::{
    AlwaysOff, AlwaysOn, Randomness, TailSampling, TenantLimits, Tenants, Threshold,
};
use trace_runtime::span::{DetachedSpan, Outcome};
use trace_runtime::{Baggage, Span, SpanContext, Status, Telemetry, in_span, trace};

const PATIENCE: Duration = Duration::from_secs(60);

/// What an exporter got of a span.
#[derive(Clone, Debug)]
struct Got {
    trace: TraceId,
    name: String,
    reason: Option<String>,
    tenant: Option<String>,
    trace_state: String,
}

fn text(span: &FinishedSpan<'_>, key: &str) -> Option<String> {
    match span.attribute(key)? {
        RecordedValue::Static(text) => Some(text.to_owned()),
        RecordedValue::Str(text) => Some(text.to_owned()),
        other => Some(format!("{other:?}")),
    }
}

/// An exporter that keeps what it gets.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Got>>>);

impl Exporter for Kept {
    fn name(&self) -> Cow<'static, str> {
        "kept".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let got = batch.iter().map(|span| Got {
            trace: span.trace_id(),
            name: span.name().to_owned(),
            reason: text(span, "sampling.reason"),
            tenant: text(span, "tenant"),
            trace_state: span.trace_state().to_owned(),
        });
        self.0.lock().unwrap().extend(got);
        Ok(())
    }
}

impl Kept {
    fn install(&self, settings: TailSampling) -> Telemetry {
        let builder = Telemetry::builder().without_env().with_exporter(self.clone());
        builder.with_tail_sampling(settings).install().unwrap()
    }

    fn all(&self) -> Vec<Got> {
        self.0.lock().unwrap().clone()
    }

    /// The names of the spans, in the order in which they came.
    fn names(&self) -> Vec<String> {
        self.all().into_iter().map(|got| got.name).collect()
    }

    /// The reason of the only span with this name, if it has one.
    #[track_caller]
    fn reason(&self, name: &str) -> Option<String> {
        let all = self.all();
        let found: Vec<_> = all.iter().filter(|got| got.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {all:?}");
        found[0].reason.clone()
    }
}

/// All spans are accounted for, and these were dropped.
#[track_caller]
fn assert_dropped(report: &LossReport, expected: &[(DropReason, u64)]) {
    assert!(report.is_balanced(), "{report:?}");
    let dropped: Vec<_> = report.dropped.iter().map(|(reason, count)| (*reason, *count)).collect();
    assert_eq!(dropped, expected, "{report}");
}

#[trace]
fn request(fails: bool) {
    step(false);
    step(fails);
    step(false);
}

#[trace]
fn step(fails: bool) {
    if fails {
        Span::current().set_status(Status::error("no"));
    }
}

#[test]
fn a_trace_with_an_error_is_kept_as_a_whole() {
    if !is_alone("a_trace_with_an_error_is_kept_as_a_whole") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0));
    request(false);
    request(true);
    request(false);
    let report = telemetry.force_flush(PATIENCE).unwrap();
    let mut names = kept.names();
    names.sort();
    assert_eq!(names, ["request", "step", "step", "step"]);
    assert_eq!(kept.reason("request").as_deref(), Some("error"));
    assert!(kept.all().iter().all(|got| (got.name == "request") == got.reason.is_some()));
    assert_eq!((report.started, report.buffered), (12, 0), "{report}");
    assert_dropped(&report, &[(DropReason::SampledOut, 8)]);
    assert!(report.is_lossless(), "{report}");
    drop(telemetry);
}

#[test]
fn everything_that_may_speak_for_a_trace_does() {
    if !is_alone("everything_that_may_speak_for_a_trace_does") {
        return;
    }
    let kept = Kept::default();
    let settings = TailSampling::new(0.0)
        .with_slow_named("quick *", Duration::ZERO)
        .with_slow(Duration::from_secs(3_600))
        .with_attribute("tier", "gold*")
        .with_attribute("retries", "3")
        .with_event("cache.*");
    let telemetry = kept.install(settings);
    in_span("quick one", |_| ());
    in_span("plain", |_| in_span("quick child", |_| ()));
    in_span("golden", |_| in_span("inner", |span| _ = span.set_attribute("tier", "gold-plus")));
    in_span("silver", |span| _ = span.set_attribute("tier", "silver"));
    in_span("retried", |span| _ = span.set_attribute("retries", 3));
    in_span("cached", |span| _ = span.add_event("cache.miss", &[]));
    let panicked = std::panic::catch_unwind(|| in_span("panicked", |_| panic!("as intended")));
    assert!(panicked.is_err());
    in_span("cancelled", |_| ());
    let report = telemetry.force_flush(PATIENCE).unwrap();
    let reasons = |name| kept.reason(name).unwrap();
    assert_eq!(reasons("quick one"), "slow");
    assert_eq!(reasons("golden"), "attribute");
    assert_eq!(reasons("retried"), "attribute");
    assert_eq!(reasons("cached"), "event");
    assert_eq!(reasons("panicked"), "panic");
    assert_eq!(kept.reason("inner"), None);
    assert_eq!(kept.all().len(), 6, "{:?}", kept.names());
    assert_dropped(&report, &[(DropReason::SampledOut, 4)]);
    drop(telemetry);
}

#[test]
fn a_trace_waits_for_its_last_open_span_and_later_ones_follow_the_verdict() {
    if !is_alone("a_trace_waits_for_its_last_open_span_and_later_ones_follow_the_verdict") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0));
    let child_of = |name: &'static str, parent: &SpanContext| -> DetachedSpan {
        Span::builder(name).with_parent(parent).start()
    };
    let begin = |name: &'static str, child: &'static str| {
        in_span(name, |span| (span.context(), child_of(child, &span.context())))
    };
    let (good, open) = begin("good", "good child");
    let (bad, failing) = begin("bad", "bad child");
    let report = telemetry.force_flush(PATIENCE).unwrap();
    // Both roots have ended; something of both is open.
    assert_eq!((kept.all().len(), report.buffered), (0, 4), "{report}");
    failing.end_as(Outcome::Panic);
    open.end();
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.names(), ["bad", "bad child"]);
    assert_eq!(kept.reason("bad").as_deref(), Some("panic"));
    // An error does not revive what was dropped.
    child_of("late and good", &bad).end();
    child_of("late and bad", &good).end_as(Outcome::Panic);
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.names(), ["bad", "bad child", "late and good"]);
    assert_dropped(&report, &[(DropReason::SampledOut, 3)]);
    assert_eq!(report.started, 6, "{report}");
    drop(telemetry);
}

mod off {
    use trace_runtime::trace;

    #[trace]
    pub(crate) async fn waits() {
        tokio::task::yield_now().await;
        super::step(false);
    }
}

#[test]
fn what_is_silent_hands_the_trace_on_and_later_spans_follow_the_verdict() {
    /// Fails, and leaves something behind that is silent. No other thread knows its span by a handle.
    #[trace]
    fn fails<T>(leaves: impl FnOnce() -> T, behind: &mut Option<T>) -> Result<(), &'static str> {
        *behind = Some(leaves());
        Err("no")
    }
    if !is_alone("what_is_silent_hands_the_trace_on_and_later_spans_follow_the_verdict") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0));
    telemetry.switches().set_module("suite::tail::off", false).unwrap();
    let (mut detached, mut future) = (None, None);
    let detach = || Span::builder("off").with_scope("suite::tail::off", "1").start();
    fails(detach, &mut detached).unwrap_err();
    let begin = || {
        let mut future = Box::pin(off::waits());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        future
    };
    fails(begin, &mut future).unwrap_err();
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.names(), ["fails"; 2]);
    let (mut detached, future) = (detached.unwrap(), future.unwrap());
    std::thread::scope(|scope| {
        scope.spawn(|| detached.in_scope(|_| step(false)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        scope.spawn(move || runtime.block_on(future));
    });
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.names(), ["fails", "fails", "step", "step"]);
    assert_dropped(&report, &[]);
    drop(telemetry);
}

#[test]
fn a_trace_that_waits_for_too_long_is_decided_by_what_is_known() {
    if !is_alone("a_trace_that_waits_for_too_long_is_decided_by_what_is_known") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(1.0).with_timeout(Duration::ZERO));
    let root = Span::builder("root").start();
    Span::builder("child").with_parent(root.context()).start().end();
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.names(), ["child"]);
    assert_eq!(report.buffered, 1, "{report}");
    drop(root);
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.reason("root").as_deref(), Some("probability"));
    drop(telemetry);
}

#[test]
fn the_end_of_the_pipeline_decides_about_all_traces() {
    if !is_alone("the_end_of_the_pipeline_decides_about_all_traces") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(1.0));
    let root = Span::builder("root").start();
    Span::builder("child").with_parent(root.context()).start().end();
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(kept.names(), ["child"]);
    assert_dropped(&report, &[(DropReason::NeverEnded, 1)]);
    drop(root);
}

#[test]
fn the_share_that_is_kept_is_that_of_the_threshold() {
    if !is_alone("the_share_that_is_kept_is_that_of_the_threshold") {
        return;
    }
    const ALL: u64 = 20_000;
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.25));
    let mut expected = Vec::new();
    let threshold = Threshold::of_probability(0.25).unwrap();
    for n in 0..ALL {
        let trace = in_span("root", |span| span.context().trace_id());
        expected.extend(threshold.keeps(Randomness::of(trace)).then_some(trace));
        if n % 1_000 == 0 {
            telemetry.force_flush(PATIENCE).unwrap();
        }
    }
    let report = telemetry.force_flush(PATIENCE).unwrap();
    let got: Vec<_> = kept.all().into_iter().map(|got| got.trace).collect();
    assert_eq!(got, expected);
    assert!((4_700..5_300).contains(&got.len()), "{}", got.len());
    assert_dropped(&report, &[(DropReason::SampledOut, ALL - got.len() as u64)]);
    // Each stands for four.
    assert!(kept.all().iter().all(|got| got.trace_state == "ot=th:c"), "{:?}", kept.all()[0]);
    drop(telemetry);
}

#[test]
fn only_what_is_kept_by_probability_alone_has_a_threshold() {
    if !is_alone("only_what_is_kept_by_probability_alone_has_a_threshold") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(1.0));
    let remote = |state: &str| {
        SpanContext::remote(
            TraceId::from_u128(7 << 64 | 0xf0_0000_0000_0000),
            SpanId::from_u64(2),
            TraceFlags::SAMPLED,
        )
        .with_trace_state(state)
    };
    let run = |name: &'static str, state: &str, fails: bool| {
        let outcome = if fails { Outcome::Panic } else { Outcome::Ok };
        Span::builder(name).with_parent(remote(state)).start().end_as(outcome);
        telemetry.force_flush(PATIENCE).unwrap();
        let all = kept.all();
        all.last().filter(|got| got.name == name).unwrap().trace_state.clone()
    };
    assert_eq!(run("known", "a=1,ot=th:c", false), "a=1,ot=th:c");
    // The caller has sampled by a share that is not known.
    assert_eq!(run("unknown", "a=1", false), "a=1");
    drop(telemetry);
    let telemetry = kept.install(TailSampling::new(0.5));
    let run = |name: &'static str, state: &str, fails: bool| {
        let outcome = if fails { Outcome::Panic } else { Outcome::Ok };
        Span::builder(name).with_parent(remote(state)).start().end_as(outcome);
        telemetry.force_flush(PATIENCE).unwrap();
        let all = kept.all();
        all.last().filter(|got| got.name == name).map(|got| got.trace_state.clone())
    };
    // The stricter of both thresholds counts.
    assert_eq!(run("here", "ot=th:4", false).as_deref(), Some("ot=th:8"));
    // The verdict about the trace is remembered, so an error does not change it.
    assert_eq!(run("there", "ot=th:c", true).as_deref(), Some("ot=th:c"));
    drop(telemetry);
    let telemetry = kept.install(TailSampling::new(0.5));
    Span::builder("failed").with_parent(remote("ot=th:c,b=2")).start().end_as(Outcome::Panic);
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.all().last().unwrap().trace_state, "b=2");
    drop(telemetry);
}

#[test]
fn explicit_randomness_decides_before_any_span_has_ended() {
    if !is_alone("explicit_randomness_decides_before_any_span_has_ended") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.5).with_timeout(Duration::ZERO));
    let begin = |name: &'static str, id: u128, state: &str| {
        let flags = TraceFlags::SAMPLED;
        let remote = SpanContext::remote(TraceId::from_u128(id), SpanId::from_u64(2), flags);
        Span::builder(name).with_parent(remote.with_trace_state(state)).start()
    };
    // The ids alone would decide otherwise.
    let high = begin("high", 1 << 64 | 1, "ot=rv:ffffffffffffff");
    let low = begin("low", 2 << 64 | 0xff_ffff_ffff_ffff, "ot=rv:00000000000001");
    telemetry.force_flush(PATIENCE).unwrap();
    drop((high, low));
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.names(), ["high"]);
    drop(telemetry);
}

#[test]
fn beyond_a_budget_spans_are_dropped_and_counted() {
    if !is_alone("beyond_a_budget_spans_are_dropped_and_counted") {
        return;
    }
    let kept = Kept::default();
    let settings = TailSampling::new(1.0).with_budget(1e-6).with_reserve(1e-6);
    let telemetry = kept.install(settings);
    request(false);
    request(true);
    telemetry.force_flush(PATIENCE).unwrap();
    // The first of each finds something left.
    assert_eq!(kept.all().len(), 8);
    request(false);
    request(true);
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.all().len(), 8);
    assert_dropped(&report, &[(DropReason::Quota, 8)]);
    assert!(!report.is_lossless(), "{report}");
    assert!(kept.all().iter().all(|got| got.trace_state.is_empty()), "{:?}", kept.all());
    drop(telemetry);
}

#[test]
fn undecided_spans_are_bounded_and_the_oldest_are_decided_first() {
    if !is_alone("undecided_spans_are_bounded_and_the_oldest_are_decided_first") {
        return;
    }
    const TRACES: usize = 500;
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0).with_bytes(2 << 20));
    let roots: Vec<_> = (0..TRACES).map(|_| Span::builder("root").start()).collect();
    let text = "x".repeat(500);
    for round in 0..20 {
        for root in &roots {
            let child = Span::builder("child").with_parent(root.context());
            child.with_attribute("text", &text).start().end();
        }
        telemetry.force_flush(PATIENCE).unwrap();
        let report = telemetry.report();
        // Without the roots.
        let undecided = report.buffered - TRACES as u64;
        assert!(undecided * 700 < 2 << 20, "{round}: {report}");
    }
    // The youngest traces are undecided still, unless all of them were decided.
    for (n, root) in roots.into_iter().enumerate() {
        root.end_as(if n + 1 == TRACES { Outcome::Panic } else { Outcome::Ok });
    }
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert!(report.dropped[&DropReason::Evicted] > 1_000, "{report}");
    assert_eq!(report.started, TRACES as u64 * 21, "{report}");
    assert!(report.is_balanced() && !report.is_lossless(), "{report}");
    drop(telemetry);
}

#[test]
fn what_is_left_of_sparse_pages_stays_whole_and_in_order() {
    if !is_alone("what_is_left_of_sparse_pages_stays_whole_and_in_order") {
        return;
    }
    const LONG: usize = 8;
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0).with_bytes(8 << 20));
    // Some traces stay open while many others come and go.
    let long: Vec<_> = (0..LONG).map(|_| Span::builder("root").start()).collect();
    let text = "x".repeat(2_000);
    for part in 0..50 {
        for root in &long {
            let child = Span::builder(format!("part {part}")).with_parent(root.context());
            child.with_attribute("text", &text).start().end();
        }
        let filler = Span::builder("filler").start();
        for _ in 0..200 {
            let child = Span::builder("filling").with_parent(filler.context());
            child.with_attribute("text", &text).start().end();
        }
        drop(filler);
        telemetry.force_flush(PATIENCE).unwrap();
    }
    for root in long {
        root.end_as(Outcome::Panic);
    }
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_dropped(&report, &[(DropReason::SampledOut, 50 * 201)]);
    let all = kept.all();
    let mut traces: Vec<_> = all.iter().map(|got| got.trace).collect();
    traces.dedup();
    assert_eq!((all.len(), traces.len()), (51 * LONG, LONG));
    for spans in all.chunks(51) {
        for (part, got) in spans[..50].iter().enumerate() {
            assert_eq!(got.name, format!("part {part}"));
        }
        assert_eq!(spans[50].name, "root");
    }
    drop(telemetry);
}

#[test]
fn a_snapshot_contains_what_was_dropped_what_was_kept_and_what_is_open() {
    if !is_alone("a_snapshot_contains_what_was_dropped_what_was_kept_and_what_is_open") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0).with_recent_spans(1 << 20, PATIENCE));
    for n in 0..10_000 {
        request(n % 100 == 0);
    }
    let open = Span::builder("open").start();
    let snapshot = telemetry.snapshot(PATIENCE).unwrap();
    let count = |name: &str| snapshot.iter().filter(|span| span.name() == name).count();
    // 1 MiB holds some thousands of them.
    assert!(count("request") > 500 && count("request") < 5_000, "{}", count("request"));
    assert!(count("step") >= 3 * count("request") - 3, "{} {}", count("step"), count("request"));
    assert!(snapshot.iter().any(|span| span.is_error()));
    let last = snapshot.iter().last().unwrap();
    assert_eq!(last.name(), "open");
    assert!(last.attribute("snapshot.open").is_some() && last.end_unix_nanos() > 0);
    assert!(snapshot.iter().filter(|span| span.attribute("snapshot.open").is_some()).count() == 1);
    // It stays as it is while more is recorded.
    let len = snapshot.len();
    (0..10_000).for_each(|_| request(false));
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(snapshot.iter().filter(|span| !span.name().is_empty()).count(), len);
    let through = Kept::default();
    snapshot.export_to(through.clone()).unwrap();
    assert_eq!(through.all().len(), len);
    open.end();
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
    assert_eq!(kept.all().len(), 400);
}

#[cfg(all(unix, feature = "json"))]
#[test]
fn a_snapshot_is_saved_as_a_file_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    if !is_alone("a_snapshot_is_saved_as_a_file_for_its_owner") {
        return;
    }
    let telemetry = Kept::default().install(TailSampling::new(0.0));
    (0..1_000).for_each(|_| request(false));
    let path = std::env::temp_dir().join(format!("snapshot-{}.jsonl", std::process::id()));
    let snapshot = telemetry.snapshot(PATIENCE).unwrap();
    snapshot.save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(text.matches("\"spanId\"").count(), 4_000);
    assert!(text.lines().all(|line| line.starts_with("{\"resourceSpans\":[")));
    drop(telemetry);
}

#[test]
fn without_recent_spans_there_is_no_snapshot() {
    if !is_alone("without_recent_spans_there_is_no_snapshot") {
        return;
    }
    let telemetry = Kept::default().install(TailSampling::new(0.0).without_recent_spans());
    let error = telemetry.snapshot(PATIENCE).unwrap_err();
    assert!(error.to_string().contains("with_tail_sampling"), "{error}");
    drop(telemetry);
}

#[test]
fn invalid_settings_are_refused_by_name() {
    if !is_alone("invalid_settings_are_refused_by_name") {
        return;
    }
    let message = |settings: TailSampling| {
        let error = Telemetry::builder().without_env().with_tail_sampling(settings).install();
        error.unwrap_err().to_string()
    };
    assert_eq!(
        message(TailSampling::new(1.5)),
        "1.5 is not a share of traces: a number from 0 to 1 is"
    );
    let of = |change: fn(TailSampling) -> TailSampling| message(change(TailSampling::new(0.5)));
    assert!(
        of(|it| it.with_event("")).starts_with("tail sampling, an event: \"\" is not a pattern")
    );
    assert!(of(|it| it.with_attribute("", "x")).contains("\"\" is not a key"));
    assert!(of(|it| it.with_budget(-1.0)).contains("-1 is not a number of spans per second"));
    assert!(of(|it| it.with_reserve(f64::NAN)).contains("NaN is not a number of spans per second"));
}

#[test]
fn what_the_sampler_drops_is_recorded_and_exported_for_a_reason_only() {
    if !is_alone("what_the_sampler_drops_is_recorded_and_exported_for_a_reason_only") {
        return;
    }
    let kept = Kept::default();
    let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
    let telemetry = builder
        .with_sampler(AlwaysOff)
        .with_tail_sampling(TailSampling::new(1.0))
        .install()
        .unwrap();
    let is_sampled = in_span("good", |span| span.context().is_sampled());
    request(true);
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert!(!is_sampled);
    assert_eq!(kept.reason("request").as_deref(), Some("error"));
    assert_eq!(kept.all().len(), 4);
    assert_dropped(&report, &[(DropReason::SampledOut, 1)]);
    drop(telemetry);
    // The next pipeline samples alone.
    let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
    let telemetry = builder.with_sampler(AlwaysOff).install().unwrap();
    request(true);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(report.started, 0, "{report}");
}

/// A trace of a tenant, with two more spans.
fn request_of(tenant: &str, fails: bool) {
    let root = Span::builder("root").with_attribute("tenant", tenant);
    root.in_scope(|_| {
        step(false);
        step(fails);
    });
}

#[test]
fn a_noisy_tenant_takes_nothing_from_others() {
    if !is_alone("a_noisy_tenant_takes_nothing_from_others") {
        return;
    }
    let kept = Kept::default();
    let tenants = Tenants::default()
        .with_default(TenantLimits::new().with_spans_per_second(30.0))
        .with_tenant("large", TenantLimits::new().with_share(1.0))
        .with_tenant("small", TenantLimits::new().with_share(0.0));
    let telemetry = kept.install(TailSampling::new(1.0).with_tenants(tenants));
    for n in 0..1_000 {
        request_of("noisy", n % 2 == 0);
        if n % 250 == 0 {
            request_of("quiet", false);
            request_of("large", false);
            request_of("small", false);
        }
    }
    let report = telemetry.force_flush(PATIENCE).unwrap();
    let count = |tenant: &str| {
        kept.all().iter().filter(|got| got.tenant.as_deref() == Some(tenant)).count()
    };
    assert_eq!((count("quiet"), count("large"), count("small")), (4, 4, 0));
    assert!((10..200).contains(&count("noisy")), "{}", count("noisy"));
    let quota = report.dropped[&DropReason::Quota];
    assert_eq!(quota, 3 * (1_000 - count("noisy") as u64), "{report}");
    assert_eq!(report.dropped[&DropReason::SampledOut], 12, "{report}");
    assert!(report.is_balanced(), "{report}");
    // Only what is not limited can be extrapolated.
    for got in kept.all().iter().filter(|got| got.name == "root") {
        let is_large = got.tenant.as_deref() == Some("large");
        assert_eq!(got.trace_state, if is_large { "ot=th:0" } else { "" }, "{got:?}");
    }
    drop(telemetry);
}

#[test]
fn a_tenant_that_becomes_known_late_is_charged_all_the_same() {
    if !is_alone("a_tenant_that_becomes_known_late_is_charged_all_the_same") {
        return;
    }
    let kept = Kept::default();
    let tenants = Tenants::by("customer.id")
        .with_default(TenantLimits::new().with_spans_per_second(1e-6))
        .with_most(2);
    let telemetry = kept.install(TailSampling::new(0.0).with_tenants(tenants));
    let run = |customer: i64| {
        in_span("root", |span| {
            step(true);
            span.set_attribute("customer.id", customer);
        });
        telemetry.force_flush(PATIENCE).unwrap();
        kept.all().len()
    };
    assert_eq!([run(1), run(1), run(2), run(2)], [2, 2, 4, 4]);
    // These are too many to be distinguished.
    assert_eq!([run(3), run(4), run(5)], [6, 6, 6]);
    let report = telemetry.shutdown(PATIENCE);
    assert_dropped(&report, &[(DropReason::Quota, 8)]);
}

#[test]
fn a_quota_that_is_used_up_stays_so_when_settings_change() {
    if !is_alone("a_quota_that_is_used_up_stays_so_when_settings_change") {
        return;
    }
    let kept = Kept::default();
    let tenants = Tenants::default()
        .with_tenant("noisy", TenantLimits::new().with_spans_per_second(1e-6))
        .with_tenant("quiet", TenantLimits::new());
    let settings = TailSampling::new(1.0).with_tenants(tenants);
    let telemetry = kept.install(settings.clone());
    let run = || {
        request_of("noisy", false);
        telemetry.force_flush(PATIENCE).unwrap();
        kept.all().len()
    };
    assert_eq!([run(), run()], [3, 3]);
    telemetry.sampling().set_tail(settings).unwrap();
    assert_eq!(run(), 3);
    telemetry.sampling().set_sampler(AlwaysOn).unwrap();
    assert_eq!(run(), 3);
    drop(telemetry);
}

#[test]
fn a_caller_chooses_its_tenant_only_where_that_is_trusted() {
    if !is_alone("a_caller_chooses_its_tenant_only_where_that_is_trusted") {
        return;
    }
    let called = || {
        let headers = HashMap::from([("baggage".to_owned(), "tenant=gold,plan=pro".to_owned())]);
        propagation::extract(&headers).in_scope(|| in_span("root", |_| ()));
    };
    for (trusted, tenant) in [(None, None), (Some("plan"), None), (Some("tenant"), Some("gold"))] {
        let kept = Kept::default();
        let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
        let builder = builder.with_baggage_attributes(["tenant", "plan"]);
        let tail = TailSampling::new(1.0).with_tenants(Tenants::default());
        let telemetry = builder.with_tail_sampling(tail).with_trusted_baggage(trusted);
        let telemetry = telemetry.install().unwrap();
        called();
        // What this program sets counts, also over what a caller has sent.
        let _baggage = Baggage::current().with_entry("tenant", "own").attach();
        in_span("own", |_| ());
        let _ = telemetry.force_flush(PATIENCE).unwrap();
        let tenants: Vec<_> = kept.all().into_iter().map(|got| got.tenant).collect();
        assert_eq!(tenants, [tenant.map(str::to_owned), Some("own".to_owned())]);
    }
}

#[test]
fn the_tenant_whose_undecided_spans_take_most_makes_room() {
    if !is_alone("the_tenant_whose_undecided_spans_take_most_makes_room") {
        return;
    }
    let kept = Kept::default();
    let settings = TailSampling::new(1.0).with_bytes(2 << 20).with_tenants(Tenants::default());
    let telemetry = kept.install(settings);
    let begin = |tenant: &str| Span::builder("root").with_attribute("tenant", tenant).start();
    // The quiet one's traces are the oldest.
    let quiet: Vec<_> = (0..20).map(|_| begin("quiet")).collect();
    let noisy: Vec<_> = (0..200).map(|_| begin("noisy")).collect();
    let text = "x".repeat(500);
    let child = |root: &DetachedSpan| {
        let child = Span::builder("child").with_parent(root.context());
        child.with_attribute("text", &text).start().end();
    };
    quiet.iter().for_each(child);
    for _ in 0..30 {
        noisy.iter().for_each(child);
        telemetry.force_flush(PATIENCE).unwrap();
    }
    // What makes room is decided by probability, so it is exported early.
    let early = kept.all().len();
    assert!(early > 1_000 && kept.all().iter().all(|got| got.name == "child"), "{early}");
    let roots: Vec<_> = quiet.iter().map(|root| root.context().trace_id()).collect();
    assert!(!kept.all().iter().any(|got| roots.contains(&got.trace)));
    drop((quiet, noisy));
    let report = telemetry.shutdown(PATIENCE);
    assert_dropped(&report, &[]);
    assert_eq!(kept.all().len() as u64, report.started);
}

#[test]
fn sampling_changes_while_the_program_runs() {
    if !is_alone("sampling_changes_while_the_program_runs") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0));
    let sampling = telemetry.sampling();
    let run = |expected: usize| {
        let before = kept.all().len();
        (0..100).for_each(|_| in_span("root", |_| ()));
        let report = telemetry.force_flush(PATIENCE).unwrap();
        assert!(report.is_balanced(), "{report}");
        assert_eq!(kept.all().len() - before, expected);
    };
    run(0);
    sampling.set_tail(TailSampling::new(1.0)).unwrap();
    run(100);
    // What waits is decided by the settings that are in force when it is over.
    let open = Span::builder("open").start();
    telemetry.force_flush(PATIENCE).unwrap();
    sampling.set_tail(TailSampling::new(0.0).with_slow_named("open", Duration::ZERO)).unwrap();
    drop(open);
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.reason("open").as_deref(), Some("slow"));
    // An invalid setting changes nothing.
    let error = sampling.set_tail(TailSampling::new(2.0)).unwrap_err().to_string();
    assert_eq!(error, "2 is not a share of traces: a number from 0 to 1 is");
    run(0);
    sampling.set_tail(TailSampling::new(1.0)).unwrap();
    sampling.set_sampler(AlwaysOff).unwrap();
    assert_eq!(sampling.sampler().unwrap(), "AlwaysOffSampler");
    run(0);
    sampling.set_sampler(AlwaysOn).unwrap();
    run(100);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(report.started, 501, "{report}");
    assert!(sampling.set_sampler(AlwaysOn).unwrap_err().to_string().contains("has ended"));
}

#[test]
fn it_is_explained_what_is_kept() {
    if !is_alone("it_is_explained_what_is_kept") {
        return;
    }
    let tenants = Tenants::default()
        .with_default(TenantLimits::new().with_spans_per_second(100.0))
        .with_tenant("acme", TenantLimits::new().with_share(0.5));
    let settings = TailSampling::new(0.01)
        .with_slow(Duration::from_secs(1))
        .with_slow_named("GET /search*", Duration::from_secs(5))
        .with_tenants(tenants);
    let telemetry = Kept::default().install(settings);
    let explain = |name, tenant| telemetry.sampling().explain(name, tenant).unwrap().to_string();
    assert_eq!(
        explain("GET /search/all", Some("acme")),
        "sampler parentbased_always_on; tail sampling keeps traces with errors, those whose root takes at \
         least 5s (names like `GET /search*`), and a share of 0.5 of the others (of this tenant)"
    );
    assert_eq!(
        explain("checkout", None),
        "sampler parentbased_always_on; tail sampling keeps traces with errors, those whose root takes at \
         least 1s (names like `*`), and a share of 0.01 of the others (of all tenants), at most 100 spans \
         per second of this tenant"
    );
    drop(telemetry);
}

#[test]
fn without_tail_sampling_only_the_sampler_changes() {
    if !is_alone("without_tail_sampling_only_the_sampler_changes") {
        return;
    }
    let kept = Kept::default();
    let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
    let telemetry = builder.install().unwrap();
    let sampling = telemetry.sampling();
    let error = sampling.set_tail(TailSampling::new(0.5)).unwrap_err();
    assert!(error.to_string().contains("without tail sampling"), "{error}");
    assert!(sampling.tail().unwrap().is_none());
    sampling.set_sampler(AlwaysOff).unwrap();
    request(true);
    sampling.set_sampler(AlwaysOn).unwrap();
    request(false);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!((report.started, kept.all().len()), (4, 4), "{report}");
}

/// Runs traces whose spans end on other threads, in any order, and returns the number of spans of each.
fn run_entangled(threads: u64) -> Vec<(TraceId, usize)> {
    let run = |thread: u64| {
        let mut random = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = move |limit: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 33) as usize % limit
        };
        let mut counts = Vec::new();
        for _ in 0..300 {
            let mut root = Span::builder("root").start();
            let trace = root.context().trace_id();
            let mut count = 1;
            let mut open: Vec<DetachedSpan> = Vec::new();
            for _ in 0..below(8) {
                count += match below(3) {
                    0 => {
                        root.in_scope(|_| step(false));
                        1
                    }
                    1 => {
                        open.push(Span::builder("detached").with_parent(root.context()).start());
                        1
                    }
                    _ => {
                        root.in_scope(|_| request(false));
                        4
                    }
                };
                if below(3) == 0 && !open.is_empty() {
                    drop(open.swap_remove(below(open.len())));
                }
            }
            if below(2) == 0 {
                std::thread::spawn(move || drop((root, open))).join().unwrap();
            } else {
                drop((open, root));
            }
            counts.push((trace, count));
        }
        counts
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (1..=threads).map(|thread| scope.spawn(move || run(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn traces_are_kept_or_dropped_as_a_whole_whatever_threads_do() {
    if !is_alone("traces_are_kept_or_dropped_as_a_whole_whatever_threads_do") {
        return;
    }
    for recent in [true, false] {
        let kept = Kept::default();
        let settings = TailSampling::new(0.5);
        let settings = if recent { settings } else { settings.without_recent_spans() };
        let telemetry = kept.install(settings);
        let expected = run_entangled(4);
        let report = telemetry.shutdown(PATIENCE);
        let threshold = Threshold::of_probability(0.5).unwrap();
        let mut got = std::collections::HashMap::<_, usize>::new();
        kept.all().iter().for_each(|it| *got.entry(it.trace).or_default() += 1);
        for (trace, count) in &expected {
            let is_kept = threshold.keeps(Randomness::of(*trace));
            let exported = got.get(trace).copied().unwrap_or_default();
            assert_eq!(exported, if is_kept { *count } else { 0 }, "{trace}");
        }
        let all: usize = expected.iter().map(|(_, count)| count).sum();
        assert_eq!(report.started, all as u64, "{report}");
        let dropped = (all - kept.all().len()) as u64;
        assert_dropped(&report, &[(DropReason::SampledOut, dropped)]);
    }
}

#[test]
fn nothing_is_lost_uncounted_where_everything_is_short() {
    if !is_alone("nothing_is_lost_uncounted_where_everything_is_short") {
        return;
    }
    let kept = Kept::default();
    let settings = TailSampling::new(0.5)
        .with_bytes(200_000)
        .with_recent_spans(300_000, PATIENCE)
        .with_budget(500.0)
        .with_reserve(100.0)
        .with_tenants(Tenants::by("n").with_most(3))
        .with_timeout(Duration::from_millis(1));
    let telemetry = kept.install(settings);
    let expected = run_entangled(4);
    let snapshot = telemetry.snapshot(PATIENCE).unwrap();
    assert!(snapshot.iter().all(|span| !span.name().is_empty()));
    let report = telemetry.shutdown(PATIENCE);
    let all: usize = expected.iter().map(|(_, count)| count).sum();
    assert_eq!(report.started, all as u64, "{report}");
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.exporters[0].exported, kept.all().len() as u64, "{report}");
}

#[test]
fn an_exporter_of_all_spans_gets_what_others_do_not() {
    if !is_alone("an_exporter_of_all_spans_gets_what_others_do_not") {
        return;
    }
    let (kept, all) = (Kept::default(), Kept::default());
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(AllSpans(all.clone()))
        .with_exporter(kept.clone())
        .with_tail_sampling(TailSampling::new(0.0))
        .install()
        .unwrap();
    request(false);
    request(true);
    let open = Span::builder("open").start();
    Span::builder("undecided").with_parent(open.context()).start().end();
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!((all.all().len(), kept.all().len()), (9, 4));
    assert!(all.all().iter().all(|got| got.reason.is_none()));
    assert_eq!((report.buffered, report.undecided), (2, 1), "{report}");
    assert!(report.is_balanced() && report.is_lossless(), "{report:?}");
    let expected = run_entangled(2);
    drop(open);
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.is_balanced() && report.is_lossless(), "{report:?}");
    let entangled: usize = expected.iter().map(|(_, count)| count).sum();
    assert_eq!((all.all().len(), kept.all().len()), (10 + entangled, 4));
}

#[test]
fn without_tail_sampling_all_exporters_get_all_spans() {
    if !is_alone("without_tail_sampling_all_exporters_get_all_spans") {
        return;
    }
    let (kept, all) = (Kept::default(), Kept::default());
    let builder = Telemetry::builder().without_env().with_exporter(AllSpans(all.clone()));
    let telemetry = builder.with_exporter(kept.clone()).install().unwrap();
    request(false);
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.is_balanced() && report.is_lossless(), "{report:?}");
    assert_eq!((all.all().len(), kept.all().len()), (4, 4));
}

#[test]
fn an_item_of_a_list_speaks_like_a_value() {
    if !is_alone("an_item_of_a_list_speaks_like_a_value") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(TailSampling::new(0.0).with_attribute("codes", "50?"));
    in_span("failing", |span| _ = span.set_attribute("codes", &[200_i64, 503][..]));
    in_span("fine", |span| _ = span.set_attribute("codes", &[200_i64, 404][..]));
    telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(kept.names(), ["failing"]);
    drop(telemetry);
}
