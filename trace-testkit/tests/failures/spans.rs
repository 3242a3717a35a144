//! Tests failures of queries and assertions on spans.

use crate::shop::{recorded, shop, snapshot, span};
use insta::assert_snapshot;
use trace_runtime::{
    SpanKind, Status,
    propagation::{SpanId, TraceId},
    span::Outcome,
};
use trace_testkit::assert::SpanAssert;
use trace_testkit::matcher::{between, contains, gt, is_int, lt, matches, ms};
use trace_testkit::source::{Home, Loss, OpenSpan, Orphan};
use trace_testkit::{Report, event, link};

fn charge() -> SpanAssert {
    shop().span("charge").one()
}

/// All assertions on one span.
fn of_charge(assertions: impl FnOnce(SpanAssert) -> SpanAssert) -> Report {
    charge().try_all(assertions).unwrap_err()
}

#[test]
fn no_span_of_that_name() {
    assert_snapshot!(shop().span("chrage").try_one().unwrap_err());
}

#[test]
fn no_span_matching() {
    assert_snapshot!(shop().span(matches("job-.*")).try_one().unwrap_err());
}

#[test]
fn several_spans_instead_of_one() {
    assert_snapshot!(shop().span("ship").try_one().unwrap_err());
}

#[test]
fn no_span_with_these_conditions() {
    let t = shop();
    assert_snapshot!(
        t.span("ship").with("parcel", 9).within("POST /checkout").try_one().unwrap_err()
    );
}

#[test]
fn spans_where_none_is_expected() {
    assert_snapshot!(shop().span("charge").failed().try_none().unwrap_err());
}

#[test]
fn another_number_of_spans() {
    assert_snapshot!(shop().span("ship").try_count(3).unwrap_err());
}

#[test]
fn fewer_spans_than_at_least() {
    assert_snapshot!(shop().span("audit").try_at_least(2).unwrap_err());
}

#[test]
fn nothing_was_recorded() {
    assert_snapshot!(recorded(Default::default()).span("charge").try_one().unwrap_err());
}

#[test]
fn the_span_is_an_orphan() {
    let mut snapshot = snapshot();
    let mut webhook = Orphan::new(span(3, 20, 0, "webhook"));
    webhook.thread = Some("tokio-rt-worker".to_owned());
    snapshot.orphans = vec![webhook];
    assert_snapshot!(recorded(snapshot).span("webhook").try_one().unwrap_err());
}

#[test]
fn the_span_is_still_open() {
    let mut snapshot = snapshot();
    let mut webhook = OpenSpan::new("webhook");
    webhook.trace_id = TraceId::from_u128(1);
    webhook.span_id = SpanId::from_u64(20);
    webhook.parent_span_id = SpanId::from_u64(1);
    snapshot.open = vec![webhook];
    assert_snapshot!(recorded(snapshot).span("webhook").try_one().unwrap_err());
}

#[test]
fn another_span_is_open() {
    let mut snapshot = snapshot();
    let mut receipt = OpenSpan::new("receipt");
    receipt.trace_id = TraceId::from_u128(1);
    receipt.span_id = SpanId::from_u64(20);
    receipt.parent_span_id = SpanId::from_u64(2);
    snapshot.open = vec![receipt];
    let t = recorded(snapshot);
    assert_snapshot!(t.open("reciept").try_one().unwrap_err());
    assert_snapshot!("a_span_is_open", t.open("receipt").try_none().unwrap_err());
}

#[test]
fn an_attribute_of_another_value() {
    assert_snapshot!(charge().try_has("user.id", 8).unwrap_err());
}

#[test]
fn an_attribute_is_missing() {
    assert_snapshot!(charge().try_has("user_id", 7).unwrap_err());
}

#[test]
fn attributes() {
    assert_snapshot!(of_charge(|charge| charge
        .has("user.id", "7")
        .has("amount", gt(20))
        .has("amount", is_int())
        .has("card.brand", contains("master"))
        .has("currency", "EUR")
        .has_no("card.brand")
        .has_only([("user.id", 7)])
        .attribute_count(2)));
}

#[test]
fn how_it_ended() {
    assert_snapshot!(of_charge(|charge| charge
        .status(Status::Ok)
        .has_error("declined")
        .not_failed()
        .outcome(Outcome::Cancelled)));
}

#[test]
fn no_error_where_one_is_expected() {
    assert_snapshot!(shop().span("email").one().try_has_error("bounced").unwrap_err());
}

#[test]
fn events() {
    assert_snapshot!(of_charge(|charge| charge
        .has_event("retri")
        .has_event(event("retry").has("attempt", 3))
        .has_event(event("exception").only())
        .has_no_event("retry")
        .has_events(["exception", "retry"])
        .has_exception("refused")
        .event_count(lt(2))));
}

#[test]
fn links() {
    let report = shop().span("audit").one().try_all(|audit| {
        audit
            .links_to("email")
            .links_to("chrage")
            .links_to(link("charge").has("reason", "refused"))
            .link_count(2)
    });
    assert_snapshot!(report.unwrap_err());
}

#[test]
fn no_links() {
    assert_snapshot!(charge().try_links_to("audit").unwrap_err());
}

#[test]
fn where_it_stands() {
    let report = shop().span("SELECT card").one().try_all(|query| {
        query
            .within("GET /health")
            .within("POST /chekout")
            .not_within("charge")
            .child_of("POST /checkout")
            .is_root()
            .has_child("fetch")
            .has_remote_parent()
            .same_trace_as("GET /health")
    });
    assert_snapshot!(report.unwrap_err());
}

/// The data that assertions dereference to have methods of these names, which only answer.
#[test]
fn nothing_that_looks_like_an_assertion_is_silent() {
    let t = shop();
    let (card, health) = (t.span("SELECT card").one(), t.span("GET /health").one());
    card.clone().is_child_of(&t.span("charge").one());
    assert_snapshot!("is_child_of", card.try_is_child_of(&health).unwrap_err());
    t.span("charge").one().is_error();
    assert_snapshot!("is_error", health.try_is_error().unwrap_err());
}

#[test]
fn children() {
    assert_snapshot!(of_charge(|charge| charge.has_child("SELECT cards").has_no_children()));
}

#[test]
fn another_remote_parent() {
    let t = shop();
    let other = |trace, id| {
        let (trace, id) = (TraceId::from_u128(trace), SpanId::from_u64(id));
        trace_runtime::SpanContext::remote(trace, id, Default::default())
    };
    let report = t
        .span("POST /checkout")
        .one()
        .try_all(|checkout| checkout.remote_parent(other(1, 0xdef)).remote_parent(other(9, 0xabc)));
    assert_snapshot!(report.unwrap_err());
    let health = t.span("GET /health").one().try_remote_parent(other(1, 0xabc));
    assert_snapshot!("no_remote_parent", health.unwrap_err());
}

#[test]
fn times() {
    let mut snapshot = snapshot();
    snapshot.virtual_clock = true;
    let charge = recorded(snapshot).span("charge").one();
    assert_snapshot!(
        charge
            .try_all(|charge| charge
                .duration(ms(5))
                .duration(lt(ms(0)))
                .starts_at(7)
                .ends_at(between(1, 2))
                .ended_before("POST /checkout")
                .started_after("audit")
                .started_after("refund"))
            .unwrap_err()
    );
}

#[test]
fn who_recorded_it() {
    assert_snapshot!(of_charge(|charge| charge
        .named("refund")
        .kind(SpanKind::Server)
        .scope("warehouse")
        .scope_version("2")
        .scope_attribute("team", "pay")
        .resource("service.name", "warehouse")
        .resource("service.nam", "shop")
        .schema_url(contains("1.30"))
        .not_sampled()
        .trace_state("a=b")
        .trace_id(TraceId::from_u128(7))
        .span_id(SpanId::from_u64(7))
        .satisfies("an even number of events", |span| span.events.len() % 2 == 1)));
}

#[test]
fn dropped_for_a_limit() {
    let mut snapshot = snapshot();
    snapshot.spans[1].dropped_attributes = 3;
    snapshot.spans[1].dropped_events = 1;
    let charge = recorded(snapshot).span("charge").one();
    assert_snapshot!(charge.try_nothing_dropped().unwrap_err());
}

#[test]
fn no_such_child_or_parent() {
    assert_snapshot!("no_such_child", charge().try_child("fetch").unwrap_err());
    assert_snapshot!("no_parent", shop().span("GET /health").one().try_parent().unwrap_err());
}

#[test]
fn incomplete_telemetry() {
    let mut snapshot = snapshot();
    snapshot.spans[1].dropped_attributes = 3;
    snapshot.spans.push(span(4, 30, 29, "refund"));
    let mut webhook = Orphan::new(span(3, 20, 0, "webhook"));
    webhook.home = Home::Here;
    webhook.thread = Some("rayon-1".to_owned());
    snapshot.orphans = vec![webhook, Orphan::new(span(3, 21, 0, "of another test"))];
    let mut open = OpenSpan::new("receipt");
    open.trace_id = TraceId::from_u128(1);
    open.span_id = SpanId::from_u64(22);
    open.parent_span_id = SpanId::from_u64(4);
    snapshot.open = vec![open];
    snapshot.losses = vec![Loss::new("spans (ring_full)", 17)];
    assert_snapshot!(recorded(snapshot).try_strict().unwrap_err());
}

/// Names come from the program under test, which may have them from outside.
#[test]
fn no_name_moves_the_cursor_or_forges_a_line() {
    let hostile = "a\u{1b}[2J\nnote: all is well\u{202e}";
    let mut parent = span(1, 1, 0, hostile);
    parent.events = vec![trace_testkit::model::EventData::new(hostile)];
    let child = span(1, 2, 1, "child").with_attribute("plan", hostile);
    let mut all = trace_testkit::source::Snapshot::of_spans([parent, child]);
    all.open = vec![OpenSpan::new(hostile)];
    all.orphans = vec![Orphan::new(span(2, 3, 0, hostile))];
    let t = recorded(all);
    let reports = [
        t.span("other").try_one().unwrap_err(),
        t.span("child").one().try_has("plan", "pro").unwrap_err(),
        t.span("child").one().try_child_of("other").unwrap_err(),
        t.try_assert_tree(trace_testkit::tree! { "other" => { "child" } }).unwrap_err(),
        t.try_strict().unwrap_err(),
    ];
    for report in reports.map(|report| report.to_string()) {
        assert!(!report.contains(|c: char| c.is_control() && c != '\n'), "{report}");
        assert!(!report.contains('\u{202e}'), "{report}");
        assert!(!report.lines().any(|line| line.starts_with("note: all is well")), "{report}");
        assert!(report.contains(r"a\u{1b}[2J\nnote: all is well\u{202e}"), "{report}");
    }
}
