//! Tests spans of functions as OpenTelemetry's current ones, where a function asks for it.

use super::{leaf, library};
use futures_util::{StreamExt as _, stream};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{FutureExt as _, Span as _, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use tokio::task::yield_now;
use trace_runtime::{Baggage, Span, trace};
use trace_testkit::{Capture, tree};

/// Describes the current span as code does that uses OpenTelemetry only.
fn say(key: &'static str) {
    Context::current().span().set_attribute(KeyValue::new(key, true));
}

/// Returns whether both APIs agree on the current span.
fn agrees() -> bool {
    let theirs = Context::map_current(|context| context.span().span_context().span_id());
    Span::current().context().span_id().to_bytes() == theirs.to_bytes()
}

#[trace(attach)]
fn sync(fails: bool) -> Result<u8, std::num::ParseIntError> {
    assert!(agrees());
    say("said");
    leaf();
    assert!(!fails || "x".parse::<u8>()? == 0);
    library("library", || ());
    Ok(1)
}

#[trace]
fn plain() {
    say("of the one around");
}

#[trace_testkit::test]
fn of_a_function(t: Capture) {
    library("outer", || {
        let _ = sync(true);
        assert!(agrees());
        sync(false).unwrap();
        plain();
    });
    assert!(!Context::map_current(Context::has_active_span));
    t.span("sync").has("said", true).child_of("outer").count(2);
    t.span("outer").has("of the one around", true).one();
    t.span("leaf").child_of("sync").count(2);
    t.span("library").child_of("sync").one();
    t.strict();
}

#[trace(attach)]
async fn task() {
    assert!(agrees());
    yield_now().await;
    assert!(agrees());
    say("said");
    let context = Context::current();
    tokio::spawn(library_future().with_context(context)).await.unwrap();
}

async fn library_future() {
    leaf();
}

#[trace_testkit::test(flavor = "multi_thread")]
async fn of_a_future_in_each_poll(t: Capture) {
    tokio::join!(task(), task());
    assert!(!Context::map_current(Context::has_active_span));
    t.span("task").has("said", true).count(2);
    t.span("leaf").child_of("task").count(2);
    t.strict();
}

#[trace(attach)]
fn items() -> impl futures_util::Stream<Item = u8> {
    say("built");
    stream::iter([1, 2]).inspect(|_| say("polled"))
}

#[trace_testkit::test]
async fn of_a_stream(t: Capture) {
    assert_eq!(items().collect::<Vec<_>>().await, [1, 2]);
    t.span("items").has("built", true).has("polled", true).one();
}

struct Cart;

#[trace(attach)]
impl Cart {
    fn add(&self) {
        say("said");
    }
}

#[trace_testkit::test]
fn of_all_methods(t: Capture) {
    Cart.add();
    t.span("Cart::add").has("said", true).one();
}

#[trace(attach)]
fn ends() {
    let context = Context::current();
    context.span().end();
    context.span().set_status(Status::error("no stock"));
    context.span().update_name("renamed");
    leaf();
}

#[trace_testkit::test]
fn it_ends_with_the_function_and_not_before(t: Capture) {
    ends();
    t.assert_tree(tree! { "renamed" [status: Error] => { "leaf" } });
    t.strict();
}

#[trace(attach)]
fn tenant() -> Option<String> {
    Context::current().baggage().get("tenant").map(ToString::to_string)
}

#[trace_testkit::test]
fn the_baggage_goes_along(_t: Capture) {
    assert_eq!(tenant(), None);
    let _baggage = Baggage::new().with_entry("tenant", "acme").attach();
    assert_eq!(tenant().as_deref(), Some("acme"));
}

#[trace_testkit::test]
fn a_panic_detaches_it(t: Capture) {
    #[trace(attach)]
    fn breaks(number: &str) -> u8 {
        number.parse().expect("a number")
    }
    let _ = std::panic::catch_unwind(|| breaks("none"));
    assert!(!Context::map_current(Context::has_active_span));
    super::tracer().start("after").end();
    t.span("after").one().is_root();
}
