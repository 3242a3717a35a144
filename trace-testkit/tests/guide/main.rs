//! Runs the failing examples of the guide, and compares their output with the guide.
//!
//! A failing example is a function in `examples.rs`; a whole test is a file here; the program under
//! test is `docs/shop.rs`. The guide names them between `<!-- example: NAME -->` and
//! `<!-- end -->`; code and output in between are written by this test:
//! `BLESS=1 cargo test -p trace-testkit --test guide`. All other code in the guide is a doctest.
//! The README's attributes and its test are written in the same way, and so is the runtime's guide.

mod examples;
mod first;
mod tasks;

#[path = "../../docs/shop.rs"]
#[allow(unreachable_pub, reason = "the guide shows it as a library")]
mod shop;

/// The guide's test, and how it fails when more is expected.
mod readme {
    include!("readme.rs");

    pub(crate) fn a_charge_that_differs(t: &Capture) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(checkout(7));
        t.assert_tree(tree! { "checkout" ["user.id" = 7] => { "charge" ["amount" = 25], "ship" } });
    }
}

/// The README's three attributes, and its test.
mod attributes {
    use trace_runtime::{Label, Objective, Span, business_metric, metered, trace};
    use trace_testkit::{Capture, tree};

    include!("attributes.rs");
    include!("attributes_test.rs");

    const API: Objective = Objective::new("api").success_rate(99.9);

    #[derive(Clone, Copy, Label)]
    enum Tier {
        Free,
        Pro,
    }

    #[derive(Debug)]
    struct SoldOut;

    #[derive(Debug, PartialEq)]
    struct CardError;

    impl CardError {
        fn code(&self) -> &'static str {
            "declined"
        }
    }

    #[trace(kind = Client)]
    async fn charge(id: u64) -> Result<u64, CardError> {
        if id == 13 { Err(CardError) } else { Ok(20) }
    }

    #[trace_testkit::test]
    async fn a_checkout_has_an_error_type(t: Capture) {
        assert_eq!(checkout(13, "free").await, Err(CardError));
        t.span("checkout free").failed().has("error.type", "declined").count(1);
    }

    #[trace_testkit::test]
    fn calls_are_counted_by_label_and_outcome(t: Capture) {
        assert!(load(Tier::Free, 0).is_err() && load(Tier::Pro, 0).is_err());
        let calls = t.counter("function.calls").with("result", "error");
        calls.with("objective.name", "api").with("tier", "pro").delta(1);
    }

    #[trace_testkit::test]
    fn orders_are_measured_by_outcome(t: Capture) {
        assert!(order(&[20, 30]).is_ok() && order(&[1; 4]).is_err());
        t.counter("orders.revenue").delta(50);
        t.histogram("cart.items").count(2).sum(6.0);
    }
}

/// The guide's functions that measure.
mod metrics {
    use trace_testkit::Capture;

    include!("metrics.rs");

    #[trace_testkit::test]
    fn orders_are_counted_by_tier_and_outcome(t: Capture) {
        assert!(order(Tier::Free, 1).is_ok() && order(Tier::Pro, 2).is_ok());
        assert!(order(Tier::Pro, 4).is_err());
        let calls = |result: &str| t.counter("function.calls").with("result", result);
        calls("ok").delta(2);
        calls("error").with("tier", "pro").delta(1);
        t.counter("orders.revenue").delta(60);
        t.up_down_counter("function.calls.concurrent").delta(0);
    }
}

use examples::ALL;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use trace_testkit::Capture;

const EXAMPLES: &str = include_str!("examples.rs");
/// What is shown as a whole; all but the program itself are tests.
const FILES: &[(&str, &str)] = &[
    ("shop.rs", include_str!("../../docs/shop.rs")),
    ("attributes.rs", include_str!("attributes.rs")),
    ("attributes_test.rs", include_str!("attributes_test.rs")),
    ("first.rs", include_str!("first.rs")),
    ("metrics.rs", include_str!("metrics.rs")),
    ("readme.rs", include_str!("readme.rs")),
    ("tasks.rs", include_str!("tasks.rs")),
];
/// What every example begins with; the guide does not show it.
const HIDDEN: &str = "\
# mod shop { include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/docs/shop.rs\")); } \
#[allow(unused)] use {shop::*, trace_testkit::*}; let t = capture();
";
/// What tests stand in.
const AROUND: &str = "\
# mod shop { include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/docs/shop.rs\")); } fn main() {}
";

/// One test for both: what one loses on purpose would be reported to the other too.
#[test]
fn pages_show_the_code_and_output_of_their_examples() {
    let shown = compare("docs/guide.md");
    for (name, _) in ALL {
        let is_shown = shown.iter().any(|shown| shown == name);
        assert!(is_shown, "the guide does not show the example `{name}`");
    }
    compare("../README.md");
    for page in ["instrumenting", "testing"] {
        compare(&format!("../trace-runtime/docs/guide/{page}.md"));
    }
}

/// Compares the examples in a text with their code and output, or writes them; returns their names.
fn compare(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    // A package has neither the workspace's README nor the runtime's guide.
    let Ok(was) = std::fs::read_to_string(&path) else { return Vec::new() };
    let (mut is, mut rest, mut shown) = (String::new(), was.as_str(), Vec::new());
    while let Some((before, marked)) = rest.split_once("<!-- example: ") {
        let (name, marked) = marked.split_once(" -->").expect("the marker ends");
        let (_, after) = marked.split_once("<!-- end -->").expect("the example ends");
        let text = generated(name);
        write!(is, "{before}<!-- example: {name} -->\n\n{text}\n<!-- end -->").unwrap();
        shown.push(name.to_owned());
        rest = after;
    }
    is.push_str(rest);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, is).unwrap();
    } else if is != was {
        let differs = is.lines().zip(was.lines()).find(|(is, was)| is != was);
        let (is, was) = differs.unwrap_or(("", "the text has another length"));
        panic!(
            "{file} differs from its examples: `{was}` is `{is}` now.\n\
             To write it: BLESS=1 cargo test -p trace-testkit --test guide"
        );
    }
    shown
}

fn generated(name: &str) -> String {
    if let Some(name) = name.strip_prefix("output of ") {
        assert_eq!(name, "a_charge_that_differs");
        return block("text", &output(readme::a_charge_that_differs));
    }
    match FILES.iter().find(|(file, _)| *file == name) {
        Some(("first.rs", text)) => block("rust,standalone_crate", &format!("{AROUND}{text}")),
        Some((_, text)) => block("rust", text),
        None => example(name),
    }
}

/// Code and output.
fn example(name: &str) -> String {
    let (_, run) = ALL.iter().find(|(known, _)| *known == name).expect("there is such an example");
    let code = HIDDEN.to_owned() + &source(name);
    format!("{}\n{}", block("rust,should_panic", &code), block("text", &output(*run)))
}

fn block(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim_end())
}

/// The body of the function, without its indentation.
fn source(name: &str) -> String {
    let head = format!("pub(crate) fn {name}(");
    let (_, rest) = EXAMPLES.split_once(&head).expect("the function is there");
    let body = rest.lines().skip(1).take_while(|line| *line != "}");
    body.map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n").collect()
}

fn output(run: fn(&Capture)) -> String {
    let t = trace_testkit::capture();
    let failed = panic::catch_unwind(AssertUnwindSafe(|| run(&t))).expect_err("it is to fail");
    drop(t);
    match failed.downcast::<String>() {
        Ok(text) => elsewhere(&text),
        Err(_) => panic!("the example panics with a report"),
    }
}

/// With the place in this test replaced by one in a reader's: it changes with every edit.
fn elsewhere(text: &str) -> String {
    let file = concat!(module_path!(), "/examples.rs");
    let Some((before, place)) = text.split_once(file) else { return text.to_owned() };
    let path = before.rfind(' ').map_or(0, |at| at + 1);
    let after = place.find(' ').map_or("", |at| &place[at..]);
    format!("{}tests/checkout.rs:9:7{after}", &before[..path])
}
