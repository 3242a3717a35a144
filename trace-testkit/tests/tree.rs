//! Tests what `tree!` and the builder allow.

use std::sync::Arc;
use trace_runtime::{
    SpanContext, SpanKind, Status,
    propagation::{SpanId, TraceFlags, TraceId},
    span::Outcome,
};
use trace_testkit::matcher::{any, contains, gt, lt, matches, ms, starts_with};
use trace_testkit::model::{EventData, LinkData, SpanData};
use trace_testkit::source::Snapshot;
use trace_testkit::{Recorded, Tree, event, link, tree};

fn span(id: u64, parent: u64, name: &str) -> SpanData {
    let mut span = SpanData::new(name);
    span.trace_id = TraceId::from_u128(1);
    span.span_id = SpanId::from_u64(id);
    span.parent_span_id = SpanId::from_u64(parent);
    span.order = id;
    span.outcome = Some(Outcome::Ok);
    span
}

fn beside(id: u64, parent: u64, name: &str) -> SpanData {
    let mut span = span(id, parent, name);
    span.parallel = true;
    span
}

fn recorded(spans: impl IntoIterator<Item = SpanData>) -> Recorded {
    Recorded::new(Arc::new(Snapshot::of_spans(spans)))
}

/// A root `r` and children of these names, in sequence; those with `&` before their names ran
/// beside the others.
fn children(names: &str) -> Recorded {
    let children =
        names.split_whitespace().zip(2..).map(|(name, id)| match name.strip_prefix('&') {
            Some(name) => beside(id, 1, name).with_attribute("n", id),
            None => span(id, 1, name).with_attribute("n", id),
        });
    recorded(std::iter::once(span(1, 0, "r")).chain(children))
}

#[track_caller]
fn fits(names: &str, expected: impl Into<Tree>) {
    if let Err(report) = children(names).try_assert_tree(expected) {
        panic!("{report}");
    }
}

#[track_caller]
fn differs(names: &str, expected: impl Into<Tree>, in_places: usize) {
    match children(names).try_assert_tree(expected) {
        Ok(()) => panic!("{names} fits"),
        Err(report) => assert_eq!(report.mismatches().len(), in_places, "{report}"),
    }
}

#[test]
fn children_that_ran_in_sequence_are_expected_in_order() {
    fits("a b c", tree! { "r" => { "a", "b", "c" } });
    differs("a b c", tree! { "r" => { "a", "c", "b" } }, 2);
    differs("a b c d e", tree! { "r" => { "b", "c", "d", "e" } }, 1);
    differs("b c d e", tree! { "r" => { "a", "b", "c", "d", "e" } }, 1);
}

#[test]
fn children_that_ran_beside_others_fit_at_any_place() {
    fits("a &b c", tree! { "r" => { "b", "a", "c" } });
    fits("a &b c", tree! { "r" => { "a", "b", "c" } });
    fits("&a &b &c", tree! { "r" => { "c", "b", "a" } });
    differs("a &b c", tree! { "r" => { "c", "a", "b" } }, 2);
    differs("a b &c", tree! { "r" => { "b", "a", "c" } }, 2);
}

#[test]
fn either_of_two_kinds_may_have_to_yield() {
    // The first place fits all of them, the second one of them.
    fits("a &a", tree! { "r" => { "a", "a" ["n" = 3] } });
    fits("a &a", tree! { "r" => { "a", "a" ["n" = 2] } });
    fits("a b &a", tree! { "r" => { "a", "a" ["n" = 2], "b" } });
    fits("a &a a &a", tree! { "r" => { "a", "a" ["n" = 5], "a" ["n" = 2], "a" } });
}

#[test]
fn unordered_ones_fit_in_any_order_between_the_others() {
    fits("a c b d", tree! { "r" => { "a", unordered { "b", "c" }, "d" } });
    fits("a c b d", tree! { "r" => { unordered { "d", "c", "b", "a" } } });
    differs("c a b d", tree! { "r" => { "a", unordered { "b", "c" }, "d" } }, 2);
    fits("x x x", tree! { "r" => { unordered { "x" ["n" = 4], "x", "x" ["n" = 2] } } });
    fits("a b a b", tree! { "r" => { unordered { "a" * 2, "b" * 2 } } });
    fits("a a b", tree! { "r" => { unordered { "b"?, "a" * 1..=3, "c"? } } });
    fits("a b c d", tree! { "r" => { unordered { "b", "a" }, unordered { "d", "c" } } });
}

#[test]
fn how_many_times() {
    fits("a a a", tree! { "r" => { "a" * 3 } });
    fits("a a a", tree! { "r" => { "a" * 1.. } });
    fits("a a a", tree! { "r" => { "a" * .. } });
    fits("a a a b", tree! { "r" => { "a" * ..=3, "b" } });
    fits("b", tree! { "r" => { "a"?, "b", "c"? } });
    fits("", tree! { "r" => { "a" * 0 } });
    let times = 2;
    fits("a a", tree! { "r" => { "a" * times } });
    fits("a a", tree! { "r" => { "a" * (times - 1)..=(times * 2) } });
    differs("a a a", tree! { "r" => { "a" * 2 } }, 1);
    differs("a", tree! { "r" => { "a" * 2.. } }, 1);
    // An optional one of other attributes is different, not absent.
    differs("a", tree! { "r" => { "a" ["n" = 7]? } }, 1);
}

#[test]
fn further_children_are_allowed_on_request() {
    fits("x a y b z", tree! { "r" => { "a", "b", .. } });
    fits("a b", tree! { "r" => { .. } });
    fits("a b", tree! { "r" => { unordered { "b", "a" }, .. } });
    differs("a b", tree! { "r" => { "b", "a", .. } }, 1);
    differs("a b", tree! { "r" => {} }, 2);
    differs("a b", tree! { "r" }, 2);
}

#[test]
fn roots_are_like_children() {
    let t = recorded([span(1, 0, "a"), span(2, 0, "b")]);
    t.assert_tree(tree! { "a", "b" });
    t.assert_tree(tree! { unordered { "b", "a" } });
    t.assert_tree(tree! { "b", .. });
    t.assert_tree(tree! { .. });
    t.assert_tree(tree! { _ * 2 });
    t.try_assert_tree(tree! { "a" }).unwrap_err();
    recorded([]).assert_tree(tree! {});
}

#[test]
fn names_are_patterns_and_expressions() {
    fits("job-1 job-2", tree! { _ => { matches("job-[0-9]") * 2 } });
    fits("job-1", tree! { "r" => { starts_with("job") } });
    let name = String::from("job-1");
    fits("job-1", tree! { "r" => { name } });
    fits("job-1", tree! { "r" => { (format!("job-{}", 1)) } });
    fits("job-1", tree! { "r" => { format!("job-{}", 1) } });
}

fn rich() -> Recorded {
    let mut all = span(1, 0xabc, "all")
        .with_attribute("user.id", 7)
        .with_attribute("plan", "pro")
        .with_attribute("ok", true)
        .with_attribute("ratio", 0.5)
        .with_attribute("tags", ["a", "b"])
        .with_attribute("code.line.number", 7)
        .with_attribute("error.type", "x");
    all.kind = SpanKind::Server;
    all.parent_is_remote = true;
    all.status = Status::error("card declined");
    all.outcome = Some(Outcome::Error);
    all.flags = TraceFlags::SAMPLED;
    all.end_unix_nanos = 1_000_000;
    all.events = vec![
        EventData::new("retry").with_attribute("attempt", 2).with_attribute("wait", 5),
        EventData::new("exception").with_attribute("exception.message", "card declined"),
    ];
    all.links = vec![LinkData::new(all.context()).with_attribute("why", "self")];
    recorded([all])
}

fn incoming() -> SpanContext {
    SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(0xabc), TraceFlags::SAMPLED)
}

#[test]
fn further_attributes_are_allowed_on_request() {
    let t = rich();
    t.assert_tree(tree! { "all" });
    t.assert_tree(tree! { "all" [..] });
    t.assert_tree(tree! { "all" ["user.id" = 7, ..] });
    t.assert_tree(tree! { "all" [user.id = gt(0), plan = contains("p"), !"card", ..] });
    t.assert_tree(tree! { "all" [!"card"] });
    let tags = vec!["a".to_owned(), "b".to_owned()];
    const KEY: &str = "ratio";
    t.assert_tree(tree! {
        "all" ["user.id" = 7, plan = "pro", "ok" = true, (KEY) = 0.5, "tags" = tags]
    });
    t.try_assert_tree(tree! { "all" ["user.id" = 7] }).unwrap_err();
    t.try_assert_tree(tree! { "all" ["user.id" = "7", ..] }).unwrap_err();
    t.try_assert_tree(tree! { "all" [!"user.id"] }).unwrap_err();
    t.try_assert_tree(tree! { "all" [no_attributes] }).unwrap_err();
}

#[test]
fn every_option_is_understood() {
    let (t, incoming) = (rich(), incoming());
    t.assert_tree(tree! {
        "all" [
            kind: Server, status: Error, outcome: Error, error: "card declined", failed,
            exception: contains("declined"), remote_parent, link: "all", link_count: 1,
            event_count: 2, no_event: "timeout", attribute_count: gt(5), duration: lt(ms(2)),
            starts_at: 0, ends_at: 1_000_000, scope: "", scope_version: any(),
            trace_id: incoming.trace_id(), span_id: SpanId::from_u64(1), trace_state: "", sampled,
            nothing_dropped,
        ]
    });
    t.assert_tree(tree! { "all" [remote_parent: incoming] });
    t.assert_tree(tree! { "all" [remote_parent: &incoming] });
    t.assert_tree(tree! {
        "all" [
            kind: SpanKind::Server, status: Status::error("card declined"),
            event: "retry" ["attempt" = 2, "wait" = gt(1)],
            events: ["retry" ["attempt" = gt(1), ..], "exception"],
            links: ["all" ["why" = "self"], all_link()],
        ]
    });
    let kind = SpanKind::Server;
    t.assert_tree(tree! { "all" [kind: kind] });
    t.try_assert_tree(tree! { "all" [event: "retry" ["attempt" = 2]] }).unwrap_err();
}

fn all_link() -> SpanContext {
    SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(1), TraceFlags::NONE)
}

#[test]
fn the_builder_builds_the_same() {
    rich().assert_tree(
        Tree::span("all")
            .has("user.id", 7)
            .kind(SpanKind::Server)
            .remote_parent(incoming())
            .has_event(event("retry").has("attempt", 2))
            .links_to(link("all").has("why", "self")),
    );
    fits(
        "a a b c d",
        Tree::span("r")
            .child(Tree::span("a").times(1..=2))
            .unordered([Tree::span("c"), Tree::span("b")])
            .further(),
    );
}

#[test]
fn deep_trees_are_compared_at_every_level() {
    let spans = (1..200).map(|id| span(id, id - 1, "f"));
    let mut expected = Tree::span("f");
    for _ in 1..199 {
        expected = Tree::span("f").child(expected);
    }
    recorded(spans).assert_tree(expected);
}

#[test]
fn reading_consumes_nothing() {
    let t = children("a b");
    for _ in 0..2 {
        t.assert_tree(tree! { "r" => { "a", "b" } });
        t.span("a").one().child_of("r");
    }
}

#[test]
fn a_thousand_of_each_kind_are_still_compared() {
    let children =
        (2..1_002).map(|id| if id % 2 == 0 { span(id, 1, "s") } else { beside(id, 1, "p") });
    let t = recorded(std::iter::once(span(1, 0, "r")).chain(children));
    t.assert_tree(tree! { "r" => { "s" * 500, "p" * 500 } });
    t.assert_tree(tree! { "r" => { unordered { "p" * 500, "s" * 500 } } });
    t.assert_tree(tree! { "r" => { "s" * 100.., .. } });
    let report = t.try_assert_tree(tree! { "r" => { "s" * 501, "p" * 500, .. } }).unwrap_err();
    assert_eq!(report.mismatches().len(), 1, "{report}");
}
