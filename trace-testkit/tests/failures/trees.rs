//! Tests failures of assertions on trees.

use crate::shop::{incoming, recorded, shop, snapshot, span, spans};
use insta::assert_snapshot;
use trace_runtime::propagation::{SpanId, TraceId};
use trace_testkit::matcher::{gt, lt, ms};
use trace_testkit::source::{OpenSpan, Orphan, Snapshot};
use trace_testkit::{Report, Tree, tree};

fn differs(expected: impl Into<Tree>) -> Report {
    shop().try_assert_tree(expected).unwrap_err()
}

#[test]
fn as_expected() {
    shop().assert_tree(tree! {
        "POST /checkout" [kind: Server, remote_parent: incoming()] => {
            "charge" ["user.id" = 7, "amount" = gt(0), ..] => { "SELECT card" },
            unordered { "email" [status: Ok], "audit" [links: "charge"] },
            "ship" * 2,
        },
        "GET /health",
    });
}

#[test]
fn a_child_is_missing() {
    assert_snapshot!(differs(tree! {
        "POST /checkout" => {
            "charge" => { .. },
            "refund" [kind: Client, "amount" = gt(0)] => { "SELECT account" * 2, "log"? },
            "email", "audit", "ship" * 2,
        },
        ..
    }));
}

#[test]
fn a_child_is_misspelled() {
    assert_snapshot!(differs(tree! {
        "POST /checkout" => { "chrage" => { .. }, "email", "audit", "ship" * 2 },
        ..
    }));
}

#[test]
fn a_child_is_not_expected() {
    assert_snapshot!(differs(tree! {
        "POST /checkout" => { "charge", "email", "ship" * 2 },
        "GET /health",
    }));
}

#[test]
fn a_child_stands_elsewhere() {
    assert_snapshot!(differs(tree! {
        "POST /checkout" => { "charge", "SELECT card", "email", "audit", "ship" * 2 },
        "GET /health",
    }));
}

#[test]
fn children_in_another_order() {
    let spans = [span(1, 1, 0, "job"), span(1, 2, 1, "load"), span(1, 3, 1, "store")];
    let t = recorded(Snapshot::of_spans(spans));
    assert_snapshot!(t.try_assert_tree(tree! { "job" => { "store", "load" } }).unwrap_err());
}

#[test]
fn attributes_differ() {
    assert_snapshot!(differs(tree! {
        "POST /checkout" => {
            "charge" ["user.id" = 8, "amount" = gt(20), "currency" = "EUR"] => { .. },
            "email" [!"to", ..],
            "audit" [links: "email"],
            "ship" ["parcel" = 6],
            "ship" ["parcel" = 8],
        },
        "GET /health",
    }));
}

#[test]
fn options_differ() {
    assert_snapshot!(differs(tree! {
        "POST /checkout" [kind: Client, root, duration: lt(ms(1))] => {
            "charge" [
                status: Ok, outcome: Ok, error: "declined", remote_parent,
                events: ["exception", "retry" ["attempt" = 3]], no_event: "retry",
            ] => { .. },
            "email" [scope: "mailer"],
            "audit" [links: ["charge" ["reason" = "refused"], "ship"]],
            "ship" [scope_version: "2"],
            "ship" [resource: ["service.name" = "warehouse"]],
        },
        "GET /health" [remote_parent: incoming()],
    }));
}

#[test]
fn too_few_and_too_many() {
    assert_snapshot!(
        "too_few",
        differs(tree! {
            "POST /checkout" => { "charge" => { .. }, "email", "audit", "ship" * 4 },
            ..
        })
    );
    assert_snapshot!(
        "too_many",
        differs(tree! {
            "POST /checkout" => { "charge" => { .. }, "email", "audit", "ship" * ..=1 },
            ..
        })
    );
}

#[test]
fn among_unordered_ones() {
    assert_snapshot!(differs(tree! {
        "POST /checkout" => {
            unordered { "audit", "ship" ["parcel" = 7], "ship" ["parcel" = 9], "emial", "charge" => { .. } },
        },
        ..
    }));
}

#[test]
fn a_root_is_not_expected() {
    assert_snapshot!(differs(tree! { "POST /checkout" => { .. } }));
}

#[test]
fn nothing_is_there() {
    let t = recorded(Snapshot::default());
    assert_snapshot!(t.try_assert_tree(tree! { "job" => { "load", "store" } }).unwrap_err());
}

#[test]
fn nothing_is_expected() {
    assert_snapshot!(differs(tree! {}));
}

#[test]
fn the_root_has_another_name() {
    assert_snapshot!(differs(tree! {
        "POST /pay" => { "charge" => { .. }, "email", "audit", "ship" * 2 },
        ..
    }));
}

#[test]
fn a_child_is_open_or_an_orphan() {
    let mut snapshot = snapshot();
    let mut receipt = OpenSpan::new("receipt");
    receipt.trace_id = TraceId::from_u128(1);
    receipt.span_id = SpanId::from_u64(20);
    receipt.parent_span_id = SpanId::from_u64(1);
    snapshot.open = vec![receipt];
    let mut webhook = Orphan::new(span(3, 21, 0, "webhook"));
    webhook.thread = Some("tokio-rt-worker".to_owned());
    snapshot.orphans = vec![webhook];
    let report = recorded(snapshot).try_assert_tree(tree! {
        "POST /checkout" => {
            "charge" => { .. }, "email", "audit", "ship" * 2, "receipt", "webhook",
        },
        ..
    });
    assert_snapshot!(report.unwrap_err());
}

#[test]
fn one_of_very_many() {
    let mut all = vec![span(1, 1, 0, "batch")];
    all.extend((2..1_002).map(|id| span(1, id, 1, "item").with_attribute("n", id)));
    let mut odd = span(1, 502, 1, "itme");
    odd.order = 502;
    all[501] = odd;
    let t = recorded(Snapshot::of_spans(all));
    assert_snapshot!(t.try_assert_tree(tree! { "batch" => { "item" * 1000 } }).unwrap_err());
}

#[test]
fn within_one_span() {
    let charge = shop().span("charge").one();
    let report = charge.try_assert_tree(tree! { "charge" => { "SELECT card" * 2 } });
    assert_snapshot!(report.unwrap_err());
}

#[test]
fn mismatches_can_be_read_one_by_one() {
    let report = differs(tree! {
        "POST /checkout" => { "charge" ["user.id" = 8, ..], "email", "audit", "ship" * 3 },
        ..
    });
    assert_eq!(
        report.mismatches(),
        [
            "in `POST /checkout` > `charge`: user.id: expected 8, is 7",
            "in `POST /checkout` > `charge`: `SELECT card` is not expected",
            "in `POST /checkout`: `ship` is missing",
        ]
    );
    assert_eq!(spans().len(), 8);
}
