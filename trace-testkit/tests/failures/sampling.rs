//! Tests failures of assertions on sampling decisions.

use crate::shop::recorded;
use insta::assert_snapshot;
use trace_testkit::Recorded;
use trace_testkit::matcher::{any, between, gt};
use trace_testkit::source::{Decision, Snapshot};

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
