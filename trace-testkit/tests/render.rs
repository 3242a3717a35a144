//! Tests canonical renderings.

use std::sync::Arc;
use trace_runtime::{
    SpanContext, SpanKind, Status,
    propagation::{SpanId, TraceFlags, TraceId},
    span::Outcome,
};
use trace_testkit::matcher::starts_with;
use trace_testkit::model::{EventData, LinkData, ScopeData, SpanData};
use trace_testkit::source::{OpenSpan, Snapshot};
use trace_testkit::{Recorded, Render};

fn span(trace: u128, id: u64, parent: u64, name: &str) -> SpanData {
    let mut span = SpanData::new(name);
    span.trace_id = TraceId::from_u128(trace);
    span.span_id = SpanId::from_u64(id);
    span.parent_span_id = SpanId::from_u64(parent);
    span.order = id;
    span.start_unix_nanos = id * 1_000;
    span.end_unix_nanos = id * 3_000;
    span.outcome = Some(Outcome::Ok);
    span.scope = ScopeData::new("shop", "1.2.0");
    span
}

fn snapshot() -> Snapshot {
    let mut server = span(1, 1, 9, "GET /").with_attribute("url.path", "/");
    server.kind = SpanKind::Server;
    server.parent_is_remote = true;
    let mut first = span(1, 2, 1, "job").with_attribute("n", 1).with_attribute("a", "x\ny");
    first.status = Status::Ok;
    first.events = vec![EventData::new("retry").with_attribute("attempt", 2)];
    let mut second = span(1, 3, 1, "job")
        .with_attribute("n", 2)
        .with_attribute("code.line.number", 7)
        .with_attribute("thread.name", "main");
    second.status = Status::error("declined");
    second.outcome = Some(Outcome::Panic);
    let mut audit = span(2, 4, 0, "audit");
    let elsewhere =
        SpanContext::remote(TraceId::from_u128(7), SpanId::from_u64(7), TraceFlags::NONE);
    audit.links = vec![
        LinkData::new(second.context()).with_attribute("why", "late"),
        LinkData::new(server.context()),
        LinkData::new(elsewhere),
    ];
    let mut lost = span(3, 5, 99, "lost");
    lost.outcome = Some(Outcome::Cancelled);
    let mut open = OpenSpan::new("stream");
    open.trace_id = TraceId::from_u128(1);
    open.span_id = SpanId::from_u64(6);
    open.parent_span_id = SpanId::from_u64(1);
    let mut snapshot = Snapshot::of_spans([lost, audit, second, first, server]);
    snapshot.open = vec![open];
    snapshot
}

#[track_caller]
fn renders(snapshot: Snapshot, options: Render, text: &str) {
    assert_eq!(Recorded::new(Arc::new(snapshot)).render_with(options), text);
}

#[test]
fn stable_data_are_rendered() {
    renders(
        snapshot(),
        Render::new(),
        "\
GET / (server) [url.path=\"/\"] (remote parent)
├─ job [a=\"x\\ny\", n=1] ok
│     • retry [attempt=2]
├─ s3 job [n=2] panicked: \"declined\"
└─ stream (open)
audit links: s3 job [why=\"late\"], GET /, (remote)
lost cancelled (parent not recorded)
",
    );
}

#[test]
fn ids_are_shown_as_logical_names() {
    renders(
        snapshot(),
        Render::new().with_ids().without_attributes().without_events(),
        "\
t1
s1 GET / (server) (remote parent)
├─ s2 job ok
├─ s3 job panicked: \"declined\"
└─ s4 stream (open)
t2
s5 audit links: s3 job, s1 GET /, (remote)
t3
s6 lost cancelled (parent not recorded)
",
    );
}

#[test]
fn attributes_can_be_hidden_redacted_and_all_be_shown() {
    let only = |key: &str| {
        Snapshot::of_spans(
            snapshot().spans.into_iter().filter(|span| span.attribute(key).is_some()),
        )
    };
    let job = only("code.line.number");
    let apart = "(parent not recorded)";
    renders(job.clone(), Render::new().hide("n"), &format!("job panicked: \"declined\" {apart}\n"));
    renders(
        job.clone(),
        Render::new().redact(starts_with("n")),
        &format!("job [n=…] panicked: \"declined\" {apart}\n"),
    );
    renders(
        job,
        Render::new().with_unstable_attributes().with_scopes(),
        &format!(
            "job [code.line.number=7, n=2, thread.name=\"main\"] panicked: \"declined\" {apart} \
             scope: shop\n"
        ),
    );
}

#[test]
fn durations_are_shown_when_they_are_exact() {
    let mut exact = Snapshot::of_spans([span(1, 1, 0, "a"), span(1, 2, 1, "b")]);
    exact.spans[1].end_unix_nanos = exact.spans[1].start_unix_nanos;
    renders(exact.clone(), Render::new(), "a\n└─ b\n");
    renders(exact.clone(), Render::new().with_durations(), "a 2µs\n└─ b 0ns\n");
    exact.virtual_clock = true;
    renders(exact, Render::new(), "a 2µs\n└─ b\n");
}

/// Ids, times and the order of starts may differ where spans ran beside each other.
#[test]
fn parallel_branches_come_in_the_same_order_every_time() {
    let run = |ids: [u64; 4]| {
        let branch = |id: u64, child: u64, n: u64| {
            let mut branch = span(1, id, 1, "branch");
            branch.parallel = true;
            [branch, span(1, child, id, "leaf").with_attribute("n", n)]
        };
        let last = span(1, 50, 1, "last");
        let spans = [branch(ids[0], ids[1], 1), branch(ids[2], ids[3], 2)].into_iter().flatten();
        Snapshot::of_spans(spans.chain([last, span(1, 1, 0, "root")]))
    };
    let text = "\
root
├─ last
├─ branch
│  └─ leaf [n=1]
└─ branch
   └─ leaf [n=2]
";
    renders(run([2, 3, 4, 5]), Render::new(), text);
    renders(run([5, 6, 3, 60]), Render::new(), text);
}

#[test]
fn spans_that_are_each_others_parents_are_shown_all_the_same() {
    let spans = [span(1, 1, 2, "a"), span(1, 2, 1, "b"), span(1, 3, 3, "c")];
    let text = Recorded::new(Arc::new(Snapshot::of_spans(spans))).render();
    assert_eq!(text.lines().count(), 3, "{text}");
}

/// Text that a terminal would obey; and text that only looks as if.
#[test]
fn nothing_that_was_recorded_moves_the_cursor() {
    let hostile = "a\u{1b}[2J\nb\u{9b}1m\u{202e}c\u{2028}";
    let escaped = r"a\u{1b}[2J\nb\u{9b}1m\u{202e}c\u{2028}";
    let mut span = span(1, 1, 0, hostile).with_attribute(hostile, hostile);
    span.status = Status::error(hostile);
    span.events = vec![EventData::new(hostile).with_attribute("list", [hostile])];
    span.links = vec![LinkData::new(span.context())];
    let text = format!(
        "{escaped} [{escaped}=\"{escaped}\"] error: \"{escaped}\" link: {escaped}\n\
         \x20  • {escaped} [list=[\"{escaped}\"]]\n"
    );
    renders(Snapshot::of_spans([span]), Render::new(), &text);

    let family = "Zoë 👩\u{200d}👧 שלום";
    let span = self::span(1, 1, 0, family).with_attribute(family, family);
    let text = format!("{family} [{family}=\"{family}\"]\n");
    renders(Snapshot::of_spans([span]), Render::new(), &text);
}
