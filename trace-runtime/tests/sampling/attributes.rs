//! Rules on attributes, on every kind of function.

use super::names;
use futures_util::stream::{self, Stream};
use futures_util::{FutureExt as _, StreamExt as _};
use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use trace_runtime::sampling::{
    AlwaysOff, AlwaysOn, Composite, ParentThreshold, Rule, RuleBased, SamplerNeeds,
};
use trace_runtime::sampling::{Decision, Sampler, SamplingInput};
use trace_runtime::{Instrument as _, Span, SpanContext, in_span, metered, trace};
use trace_testkit::{Capture, capture, tree};

/// Keeps the requests of one customer, and drops all others.
fn only_acme() -> Capture {
    let others = Rule::new(ParentThreshold::new(AlwaysOff)).with_names(["*"]);
    let acme = Rule::new(AlwaysOn).with_attribute_values("customer", ["acme"]);
    let children = Rule::new(ParentThreshold::new(AlwaysOff))
        .with_parents([trace_runtime::sampling::ParentKind::Local]);
    let rules = RuleBased::new([children, acme, others]).unwrap();
    Capture::builder().with_sampler(Composite::new(rules)).start()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Is pending once.
async fn pause() {
    let mut was_pending = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut was_pending, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[trace]
fn inner() {}

#[trace(attrs(customer))]
fn plain(customer: &str) {
    inner();
}

#[trace(attrs(customer))]
fn fallible(customer: &str) -> Result<(), String> {
    inner();
    Err(customer.to_owned())
}

#[trace(attrs(customer))]
async fn at_once(customer: &str) {
    inner();
}

#[trace(attrs(customer))]
async fn paused(customer: &str) {
    inner();
    pause().await;
    inner();
    Span::current().set_attribute("late", 1);
}

#[trace("call {customer}", attrs(customer = %customer.to_uppercase().to_lowercase()))]
async fn templated(customer: &str) {
    pause().await;
    inner();
}

#[trace(attrs(customer))]
async fn failing(customer: &str) -> Result<(), String> {
    pause().await;
    Err(customer.to_owned())
}

#[trace(attrs(customer), ret(length = ret.len()), err(type = "other"))]
async fn checked(customer: &str) -> Result<String, fmt::Error> {
    if customer.is_empty() { Err(fmt::Error) } else { Ok(customer.to_owned()) }
}

#[trace(ret(length = ret.len()))]
async fn returning(customer: &str) -> String {
    inner();
    customer.to_owned()
}

#[metered(labels(outcome_of = "x"))]
#[trace(attrs(customer))]
async fn measured(customer: &str) -> Result<(), String> {
    inner();
    pause().await;
    Err(customer.to_owned())
}

#[trace(parent = parent, attrs(customer))]
async fn under(parent: &SpanContext, customer: &str) {
    inner();
}

#[trace(attrs(customer))]
fn lazy(customer: &'static str) -> impl Future<Output = ()> {
    inner();
    async move { inner() }
}

#[trace(attrs(customer))]
fn in_place(customer: &'static str) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        inner();
        pause().await;
    })
}

#[trace(attrs(customer))]
fn streamed(customer: &'static str) -> impl Stream<Item = u32> {
    stream::iter([1, 2]).inspect(|_| inner())
}

struct Desk;

#[trace]
impl Desk {
    #[trace(attrs(customer))]
    async fn serve(&self, customer: &str) {
        pause().await;
        inner();
    }
}

trait Serve {
    async fn answer(&self, customer: &str);
}

impl Serve for Desk {
    #[trace(attrs(customer))]
    async fn answer(&self, customer: &str) {
        inner();
    }
}

fn all(customer: &'static str) {
    plain(customer);
    let _ = fallible(customer);
    run(async {
        at_once(customer).await;
        paused(customer).await;
        templated(customer).await;
        let _ = failing(customer).await;
        let _ = checked(customer).await;
        let _ = measured(customer).await;
        lazy(customer).await;
        in_place(customer).await;
        streamed(customer).collect::<Vec<_>>().await;
        Desk.serve(customer).await;
        Desk.answer(customer).await;
        let block = Span::builder("block").with_attribute("customer", customer).start();
        async {}.instrument(block).await;
    });
}

#[test]
fn rules_see_the_attributes_of_every_kind_of_function() {
    let t = only_acme();
    all("other");
    assert_eq!(names(&t), Vec::<String>::new());
    all("acme");
    t.assert_tree(tree! {
        "plain" [customer = "acme"] => { "inner" },
        "fallible" [customer = "acme", ..] => { "inner" },
        "at_once" [customer = "acme"] => { "inner" },
        "paused" [customer = "acme", late = 1] => { "inner", "inner" },
        "call acme" [customer = "acme"] => { "inner" },
        "failing" [customer = "acme", ..],
        "checked" [customer = "acme", length = 4],
        "measured" [customer = "acme", ..] => { "inner" },
        "lazy" [customer = "acme"] => { "inner", "inner" },
        "in_place" [customer = "acme"] => { "inner" },
        "streamed" [customer = "acme"] => { "inner", "inner" },
        "Desk::serve" [customer = "acme"] => { "inner" },
        "answer" [customer = "acme"] => { "inner" },
        "block" [customer = "acme"],
    });
    for name in ["fallible", "failing", "measured"] {
        t.span(name).failed().one();
    }
}

#[test]
fn a_future_with_a_given_parent_continues_it() {
    let t = only_acme();
    let parent = Span::builder("root").with_attribute("customer", "acme");
    let parent = parent.in_scope(|span| span.context());
    run(async {
        in_span("elsewhere", |_| ());
        under(&parent, "initech").await;
        under(&SpanContext::default(), "acme").await;
        under(&SpanContext::default(), "other").await;
    });
    t.assert_tree(tree! {
        "root" [..] => { "under" [customer = "initech"] => { "inner" } },
        "under" [customer = "acme"] => { "inner" },
    });
}

#[trace(attrs(customer = customer))]
async fn never_polled(customer: &str) {
    drop(inner_of(customer));
}

#[trace(attrs(customer = customer))]
async fn inner_of(customer: &str) -> usize {
    customer.len()
}

#[metered]
#[trace(attrs(customer = customer))]
async fn drops_a_measured(customer: &str) {
    drop(measured(customer));
    inner();
}

/// Drops a future that was never polled while it evaluates its attributes.
#[trace(attrs(customer = { drop(inner_of(customer)); customer }))]
async fn drops_while_it_is_described(customer: &str) {
    inner();
}

#[test]
fn futures_that_are_dropped_before_their_first_poll_leave_the_running_one_alone() {
    let t = only_acme();
    run(async {
        async {
            never_polled("acme").await;
            never_polled("other").await;
        }
        .await;
        drops_a_measured("acme").await;
        drops_while_it_is_described("acme").await;
        inner_of("acme").await;
    });
    t.assert_tree(tree! {
        "never_polled" [customer = "acme"],
        "drops_a_measured" [customer = "acme"] => { "inner" },
        "drops_while_it_is_described" [customer = "acme"] => { "inner" },
        "inner_of" [customer = "acme"],
    });
    t.strict();
}

/// Looks at the attributes of all spans, whether their functions have any.
#[derive(Debug)]
struct Curious;

impl Sampler for Curious {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        let refused = input.attributes().any(|(key, _)| key == "customer");
        if refused { Decision::Drop } else { Decision::RecordAndSample }
    }

    fn needs(&self) -> SamplerNeeds {
        SamplerNeeds::NONE.with_attributes()
    }
}

#[test]
fn functions_without_attributes_begin_as_always() {
    let t = Capture::builder().with_sampler(Curious).start();
    assert_eq!(run(returning("acme")), "acme");
    run(at_once("acme"));
    t.assert_tree(tree! { "returning" [length = 4] => { "inner" } });
}

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

fn evaluate() -> &'static str {
    EVALUATED.set(EVALUATED.get() + 1);
    // A future within: its own wait does not disturb the one around it.
    at_once("acme").now_or_never();
    "acme"
}

#[trace(attrs(customer = evaluate()))]
async fn evaluating() {
    pause().await;
}

fn explode() -> &'static str {
    panic!("not to be evaluated")
}

#[trace(attrs(customer = explode()))]
async fn exploding() {}

#[test]
fn attributes_are_evaluated_once_and_before_the_span() {
    let t = only_acme();
    run(evaluating());
    assert_eq!(EVALUATED.get(), 1);
    t.assert_tree(tree! {
        "at_once" [customer = "acme"] => { "inner" },
        "evaluating" [customer = "acme"],
    });
    let panicked = std::panic::catch_unwind(|| run(exploding()));
    assert!(panicked.is_err());
    run(at_once("acme"));
    assert_eq!(t.spans().len(), 5);
    drop(t);
    // Without such a rule, the function's span is there when they are evaluated.
    let t = capture();
    run(evaluating());
    t.assert_tree(tree! { "evaluating" [customer = "acme"] => { "at_once" [..] => { "inner" } } });
}
