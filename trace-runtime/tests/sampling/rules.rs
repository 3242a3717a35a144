//! Rules: which spans they match, what they cost, and how they are refused.

use super::{names, passed_on, under_caller};
use opentelemetry::trace::{Span as _, Tracer as _};
use opentelemetry::{KeyValue, global};
use std::cell::Cell;
use trace_runtime::sampling::{
    AlwaysOff, AlwaysOn, Annotating, Composite, ParentKind, ParentThreshold, Probability, Rule,
    RuleBased, SamplingAttribute,
};
use trace_runtime::{Baggage, Span, SpanKind, in_span, span, trace};
use trace_testkit::Capture;

fn with(rules: impl IntoIterator<Item = Rule>) -> Capture {
    let rules = RuleBased::new(rules).unwrap();
    Capture::builder().with_sampler(Composite::new(rules)).start()
}

/// The rule at the end of most lists: children follow their parent, and all roots are kept.
fn others() -> Rule {
    Rule::new(ParentThreshold::new(AlwaysOn))
}

fn drop_named(name: &str) -> Rule {
    Rule::new(AlwaysOff).with_names([name])
}

#[trace(kind = Client, attrs(db.operation = operation, rows))]
fn query(operation: &str, rows: u64) {
    parse();
}

#[trace]
fn parse() {}

#[trace]
fn request() {
    query("PING", 0);
    query("SELECT", 404);
}

#[trace(kind = Server)]
fn serve() -> (bool, String) {
    passed_on()
}

/// The specification's snippet: `Sampler_composite_rule_based_drop_redis_ping.yaml`.
#[test]
fn pings_of_a_database_are_dropped_and_all_else_is_parent_based() {
    let pings = Rule::new(AlwaysOff)
        .with_kinds([SpanKind::Client])
        .with_attribute_values("db.operation", ["PING"]);
    let t = with([pings, others()]);
    request();
    query("PING", 0);
    assert_eq!(names(&t), ["request", "query", "parse"]);
    t.span("query").has("db.operation", "SELECT").has("rows", 404).one();
}

#[test]
fn a_span_that_no_rule_matches_is_dropped() {
    let t = with([Rule::new(AlwaysOn).with_names(["request", "parse"])]);
    request();
    serve();
    // What is below a span that is dropped, and matches, is kept.
    assert_eq!(names(&t), ["request", "parse", "parse"]);
    let t = with([]);
    request();
    assert!(names(&t).is_empty());
}

#[test]
fn the_first_rule_that_matches_decides() {
    let t =
        with([drop_named("par*"), Rule::new(AlwaysOn).with_names(["*"]), drop_named("request")]);
    request();
    assert_eq!(names(&t), ["request", "query", "query"]);
}

#[test]
fn rules_match_names_of_the_site_and_of_the_span() {
    let t = with([drop_named("GET /health"), drop_named("que?y"), drop_named("block*"), others()]);
    for path in ["/health", "/users", "/health"] {
        in_span(format!("GET {path}"), |_| ());
    }
    Span::builder("GET /health").start().end();
    drop(span!("block one"));
    drop(span!("one block"));
    request();
    assert_eq!(names(&t), ["GET /users", "one block", "request"]);
}

#[test]
fn rules_match_kind_scope_and_module() {
    let t = with([Rule::new(AlwaysOff).with_kinds([SpanKind::Client, SpanKind::Server]), others()]);
    request();
    serve();
    Span::builder("publish").with_kind(SpanKind::Producer).start().end();
    Span::builder("call").with_kind(SpanKind::Client).start().end();
    assert_eq!(names(&t), ["request", "publish"]);
    let t = with([Rule::new(AlwaysOff).with_modules(["*::rules"]), others()]);
    request();
    in_span("elsewhere", |_| ());
    assert_eq!(names(&t), ["elsewhere"]);
    let t = with([Rule::new(AlwaysOff).with_scopes(["redis*"]), others()]);
    Span::builder("get").with_scope("redis-client", "1").start().end();
    Span::builder("get").with_scope("sql-client", "1").start().end();
    t.span("get").one();
}

#[test]
fn rules_match_attributes_by_their_text() {
    let by = |patterns: [&str; 1]| Rule::new(AlwaysOff).with_attribute_patterns("rows", patterns);
    let t = with([by(["4*"]), others()]);
    for rows in [404, 400, 504, 4] {
        query("SELECT", rows);
    }
    t.span("query").has("rows", 504).one();
    let t =
        with([Rule::new(AlwaysOff).without_attribute_patterns("db.operation", ["SEL*"]), others()]);
    query("PING", 1);
    query("SELECT", 2);
    serve();
    assert_eq!(names(&t), ["query", "parse", "serve"]);
    let t = with([Rule::new(AlwaysOff).with_attribute_values("tags", ["b"]), others()]);
    for tags in [&["a", "b"][..], &["c"]] {
        Span::builder("tagged").with_attribute("tags", tags).start().end();
    }
    t.span("tagged").one();
}

#[test]
fn rules_match_what_builders_and_opentelemetrys_api_give_a_span() {
    let t = with([Rule::new(AlwaysOff).with_attribute_values("code", ["404"]), others()]);
    let tracer = global::tracer("api");
    for code in [404, 200] {
        Span::builder("built").with_attribute("code", &code).start().end();
        let attributes = vec![KeyValue::new("code", code)];
        tracer.span_builder("api").with_attributes(attributes).start(&tracer).end();
    }
    t.span("built").has("code", 200).one();
    t.span("api").has("code", 200).one();
    assert_eq!(names(&t).len(), 2);
}

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

fn evaluated(value: u64) -> u64 {
    EVALUATED.set(EVALUATED.get() + 1);
    value
}

#[trace(attrs(tier = evaluated(tier)))]
fn looked_at(tier: u64) {}

#[trace(attrs(other = evaluated(other)))]
fn not_looked_at(other: u64) {}

#[test]
fn attributes_are_evaluated_once_and_before_the_decision_only_where_a_rule_reads_them() {
    let t = with([
        Rule::new(AlwaysOn).with_attribute_values("tier", ["1"]),
        Rule::new(AlwaysOff).with_names(["*looked_at"]),
    ]);
    looked_at(1);
    assert_eq!(EVALUATED.take(), 1);
    looked_at(2);
    assert_eq!(EVALUATED.take(), 1);
    not_looked_at(1);
    assert_eq!(EVALUATED.take(), 0);
    t.span("looked_at").has("tier", 1).one();
    assert_eq!(names(&t), ["looked_at"]);
}

#[test]
fn rules_match_the_origin_of_the_parent() {
    let only = |parent| Rule::new(AlwaysOn).with_parents([parent]);
    let run = || {
        request();
        under_caller(0, false, "", serve);
    };
    let t = with([only(ParentKind::None)]);
    run();
    assert_eq!(names(&t), ["request"]);
    let t = with([only(ParentKind::Remote)]);
    run();
    assert_eq!(names(&t), ["serve"]);
    let t = with([only(ParentKind::Local)]);
    run();
    assert_eq!(names(&t), ["query", "parse", "query", "parse"]);
}

#[test]
fn rules_match_baggage() {
    let t = with([Rule::new(AlwaysOn).with_baggage("tenant", ["acme*"])]);
    for tenant in ["acme-eu", "other"] {
        let _baggage = Baggage::new().with_entry("tenant", tenant).attach();
        request();
    }
    request();
    t.span("request").one();
    t.span("parse").count(2);
}

#[test]
fn rules_may_annotate_and_nest() {
    let marked = |mark: &'static str| {
        Annotating::new(Probability::new(1.0).unwrap(), [SamplingAttribute::new("rule", mark)])
    };
    let inner = RuleBased::new([
        Rule::new(marked("ping")).with_attribute_values("db.operation", ["PING"]),
        Rule::new(marked("query")),
    ]);
    let t = with([Rule::new(inner.unwrap()).with_names(["query"]), others()]);
    request();
    t.span("query").has("rule", "ping").has("db.operation", "PING").one();
    t.span("query").has("rule", "query").has("db.operation", "SELECT").one();
    t.span("query").count(2);
    assert!(t.span("request").one().attribute("rule").is_none());
}

#[test]
fn names_without_end_are_matched_without_being_remembered() {
    let t = with([drop_named("job 1*"), others()]);
    for job in 0..1_000 {
        in_span(format!("job {job}"), |_| ());
        in_span(format!("{} {job}", "x".repeat(200)), |_| ());
    }
    assert_eq!(t.spans().len(), 2_000 - 111);
}

#[test]
fn invalid_rules_are_refused_by_number_value_and_what_is_allowed() {
    let refused = |rule: Rule| RuleBased::new([others(), rule]).unwrap_err().to_string();
    assert_eq!(
        refused(Rule::keeping(1.5)),
        "rule 2, its share: 1.5 is not a share of traces: a number from 0 to 1 is"
    );
    assert_eq!(
        refused(drop_named("")),
        r#"rule 2, its names: "" is not a pattern: text is, in which `*` stands for any characters and `?` for one"#
    );
    assert_eq!(
        refused(Rule::new(AlwaysOn).with_kinds([])),
        "rule 2, its kinds: the list is empty, so the rule would never match; list at least one, or leave the condition out"
    );
    assert_eq!(
        refused(Rule::new(AlwaysOn).with_attribute_values("", ["a"])),
        r#"rule 2, the values of its attribute: "" is not a key: any other text is"#
    );
    assert_eq!(
        refused(Rule::new(AlwaysOn).with_baggage("k", [""; 0])),
        "rule 2, the patterns of its baggage: the list is empty, so the rule would never match; list at least one, or leave the condition out"
    );
    assert_eq!(
        Probability::new(f64::NAN).unwrap_err().to_string(),
        "NaN is not a share of traces: a number from 0 to 1 is"
    );
}
