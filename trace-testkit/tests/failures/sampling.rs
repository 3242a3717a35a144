//! Tests failures of assertions on sampling decisions.

use crate::shop::recorded;
use insta::assert_snapshot;
use trace_testkit::Recorded;
use trace_testkit::matcher::{any, between, gt};
use trace_testkit::source::{Decision, Snapshot, Verdict};

fn decided() -> Recorded {
    let mut snapshot = Snapshot::default();
    snapshot.decisions = (0..4).map(|count| Decision::new("GET /health", count == 1)).collect();
    let mut pay = Decision::new("pay", false);
    pay.sampler = Some("traceidratio".to_owned());
    snapshot.decisions.push(pay);
    recorded(snapshot)
}

#[test]
fn as_expected() {
    let t = decided();
    t.sampled("pay").never();
    t.sampled("GET /health").times(1);
    t.sampled("GET /health").share(0.25);
    t.sampled("never consulted").times(0);
}

#[test]
fn sampled_where_it_never_is() {
    assert_snapshot!(decided().sampled("GET /health").try_never().unwrap_err());
}

#[test]
fn not_sampled_where_it_always_is() {
    assert_snapshot!(decided().sampled("pay").try_always().unwrap_err());
}

#[test]
fn sampled_another_number_of_times() {
    assert_snapshot!(decided().sampled("GET /health").try_times(gt(1)).unwrap_err());
}

#[test]
fn another_share_is_sampled() {
    let report = decided().sampled("GET /health").try_share(between(0.4, 0.6));
    assert_snapshot!(report.unwrap_err());
}

#[test]
fn many_spans_were_sampled() {
    let mut snapshot = Snapshot::default();
    let names = (0..60).map(|count| format!("job {}", count % 30));
    snapshot.decisions = names.map(|name| Decision::new(name, true)).collect();
    assert_snapshot!(recorded(snapshot).sampled(any()).try_never().unwrap_err());
}

#[test]
fn no_sampler_was_asked() {
    assert_snapshot!(decided().sampled("GET /helth").try_never().unwrap_err());
}

fn judged() -> Recorded {
    let kept = |reason: &str| Verdict::Kept(reason.to_owned());
    let dropped = |reason: &str| Verdict::Dropped(reason.to_owned());
    let verdicts = [kept("error"), dropped("quota"), dropped("quota"), Verdict::Undecided];
    let mut snapshot = Snapshot::default();
    snapshot.decisions = verdicts.map(|it| Decision::new("pay", true).with_verdict(it)).into();
    recorded(snapshot)
}

#[test]
fn as_judged() {
    let t = judged();
    t.sampled("pay").kept_for("error", 1);
    t.sampled("pay").dropped_for(any(), 2);
    t.sampled("pay").undecided(1);
    t.sampled("pay").share(0.25);
    t.sampled("never judged").kept_for("error", 0);
}

#[test]
fn kept_for_another_reason() {
    assert_snapshot!(judged().sampled("pay").try_kept_for("slow", gt(0)).unwrap_err());
}

#[test]
fn dropped_another_number_of_times() {
    assert_snapshot!(judged().sampled("pay").try_dropped_for("quota", 3).unwrap_err());
}

#[test]
fn undecided_where_all_have_ended() {
    assert_snapshot!(judged().sampled("pay").try_undecided(0).unwrap_err());
}

#[test]
fn no_tail_sampling() {
    assert_snapshot!(decided().sampled("pay").try_kept_for("error", 1).unwrap_err());
}

#[test]
fn no_trace_of_that_name_was_judged() {
    assert_snapshot!(judged().sampled("pai").try_dropped_for("quota", 1).unwrap_err());
}
