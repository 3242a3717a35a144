//! Tests very deep traces, on the stack of a test.

use std::sync::Arc;
use trace_runtime::propagation::{SpanId, TraceId};
use trace_testkit::model::{LinkData, SpanData};
use trace_testkit::source::{OpenSpan, Snapshot};
use trace_testkit::{Recorded, Render, SpanPattern, Tree, tree};

/// Deeper than recursion would come.
const DEEP: u64 = 10_000;

fn span(id: u64, parent: u64, name: &str) -> SpanData {
    let mut span = SpanData::new(name);
    span.trace_id = TraceId::from_u128(1);
    span.span_id = SpanId::from_u64(id);
    span.parent_span_id = SpanId::from_u64(parent);
    span.order = id;
    span
}

/// A chain of spans: `level`, and at its end `last`.
fn chain(depth: u64) -> impl DoubleEndedIterator<Item = SpanData> {
    (1..=depth).map(move |id| span(id, id - 1, if id == depth { "last" } else { "level" }))
}

fn recorded(spans: impl IntoIterator<Item = SpanData>) -> Recorded {
    Recorded::new(Arc::new(Snapshot::of_spans(spans)))
}

fn nested(depth: u64, last: &str) -> SpanPattern {
    (1..depth).fold(Tree::span(last), |inner, _| Tree::span("level").child(inner))
}

#[test]
fn deep_spans_are_drawn_to_a_limit_and_counted() {
    let text = recorded(chain(100_000)).render();
    assert!(text.trim_end().ends_with("└─ … 99744 deeper"));
    let text = recorded(chain(DEEP).rev()).render_with(Render::new().with_ids());
    assert!(text.trim_end().ends_with("└─ … 9744 deeper"));
    assert_eq!(text.lines().count(), 258);
    let t = recorded(chain(DEEP).map(|mut span| {
        span.parallel = true;
        span
    }));
    assert!(t.render().trim_end().ends_with("… 9744 deeper"));
}

#[test]
fn deep_spans_fail_an_assertion_as_others_do() {
    let t = recorded(chain(DEEP));
    let none = t.span("other").try_one().unwrap_err().to_string();
    assert!(none.contains("… 9936 deeper\n"), "{none}");
    let many = t.span("level").try_one().unwrap_err().to_string();
    assert!(many.contains("… 9936 deeper, 9935 of them marked\n"), "{many}");
    let differs = t.span("last").one().try_has("a", 1).unwrap_err().to_string();
    assert!(differs.contains("… 9936 deeper, 1 of them marked\n"), "{differs}");
    t.span("last").within("level").one();

    let mut open = Snapshot::of_spans(chain(DEEP));
    open.open = vec![OpenSpan::new("open")];
    let t = Recorded::new(Arc::new(open));
    assert!(t.try_strict().unwrap_err().to_string().contains("deeper"));
    assert!(t.open("open").try_none().unwrap_err().to_string().contains("deeper"));
}

#[test]
fn deep_trees_are_compared_to_their_end() {
    let t = recorded(chain(DEEP));
    t.assert_tree(nested(DEEP, "last"));
    let report = t.try_assert_tree(nested(DEEP, "lost")).unwrap_err().to_string();
    assert!(report.contains("in one place"), "{report}");
    // What lies too deep for drawings is described in words.
    assert!(report.contains("… 9984 more …"), "{report}");
    assert!(report.contains("1 of them marked\n"), "{report}");
    let shorter = t.try_assert_tree(nested(DEEP / 2, "level")).unwrap_err().to_string();
    assert!(shorter.contains("`level` is not expected"), "{shorter}");
    let longer = t.try_assert_tree(nested(DEEP + 1, "last")).unwrap_err().to_string();
    assert!(longer.contains("is missing"), "{longer}");
    t.try_assert_tree(tree! { "other" }).unwrap_err();
    t.assert_tree(tree! { "level" => { .. } });
}

/// What differs far below puts siblings into the same order every time.
#[test]
fn siblings_that_differ_deep_below_are_in_order() {
    let branch = |first: u64, last: &'static str| {
        (first..first + 500).map(move |id| {
            let parent = if id == first { 1 } else { id - 1 };
            let mut span = span(id, parent, if id == first + 499 { last } else { "level" });
            (span.parallel, span.order) = (true, 0);
            span
        })
    };
    // The place of the span `a` shows in the link that leads to it.
    let place = |branches: [&'static str; 2]| {
        let spans: Vec<_> = branch(1_000, branches[0]).chain(branch(2_000, branches[1])).collect();
        let mut root = span(1, 0, "root");
        let target = spans.iter().find(|span| span.name == "a").map(SpanData::context);
        root.links = target.map(LinkData::new).into_iter().collect();
        let text = recorded(spans.into_iter().chain([root])).render_with(Render::new().with_ids());
        text.lines().nth(1).map(str::to_owned)
    };
    let (one, other) = (place(["a", "b"]), place(["b", "a"]));
    assert!(one.as_ref().is_some_and(|line| line.contains("link: s")), "{one:?}");
    assert_eq!(one, other);
}

/// So are many siblings: those that ran in sequence are not searched by recursion.
#[test]
fn many_siblings_beside_one_are_compared() {
    let children = (2..20_000).map(|id| span(id, 1, "child"));
    let mut beside = span(20_000, 1, "beside");
    beside.parallel = true;
    let t = recorded([span(1, 0, "root")].into_iter().chain(children).chain([beside]));
    t.assert_tree(tree! { "root" => { "beside", .. } });
}
