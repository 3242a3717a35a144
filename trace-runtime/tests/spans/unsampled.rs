//! Tests that values are not evaluated where a sampler refuses the span.

use futures_util::FutureExt as _;
use std::cell::Cell;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use trace_runtime::sampling::{AlwaysOff, AlwaysOn, Decision, Sampler, SamplingInput};
use trace_runtime::{SpanContext, span, trace};
use trace_testkit::Capture;

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

/// A value, which is counted.
fn see<T>(value: T) -> T {
    EVALUATED.set(EVALUATED.get() + 1);
    value
}

/// A name, which is counted when it is formatted.
struct Seen;

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(see("seen"))
    }
}

fn none() -> Vec<SpanContext> {
    see(Vec::new())
}

#[trace(attrs(a = see(1)))]
fn value() {}

#[trace(attrs(a = see(1), b = see(2), c = see("x".to_owned())), ret(r = see(*ret)))]
fn values() -> u8 {
    1
}

#[trace("named {seen}")]
fn name(seen: Seen) {
    let _ = seen;
}

#[trace(links = none(), attrs(a = see(1)))]
fn links() {}

#[trace(root, attrs(a = see(1)))]
fn root() {}

#[trace(root, attrs(a = see(1)), links = none(), ret(r = see(*ret)), err(type = see("failed")))]
fn fails() -> Result<u8, u8> {
    Err(0)
}

#[trace(attrs(a = see(1)))]
fn early(from: Option<u8>) -> Option<u8> {
    Some(from? + 1)
}

#[trace(attrs(a = see(1)), ret(r = see(ret.len())))]
fn opaque() -> impl ExactSizeIterator<Item = u8> {
    [1].into_iter()
}

#[trace(attrs(a = see(1)), ret(r = see(*ret)))]
async fn later() -> u8 {
    1
}

#[trace(attrs(a = see(1)), ret(r = see(*ret)))]
fn lazy() -> impl Future<Output = u8> {
    let one = 1;
    ready(one)
}

#[trace("lazy {seen}", attrs(a = see(1)), links = none())]
fn lazy_named(seen: Seen) -> Pin<Box<dyn Future<Output = u8>>> {
    let _ = seen;
    Box::pin(ready(1))
}

#[trace(attrs(a = see(1)), ret(r = see(*ret)))]
fn in_place() -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async { 1 })
}

#[trace(root, attrs(a = calls()))]
fn nested() {}

fn calls() -> u8 {
    value();
    see(1)
}

fn block() {
    let _span = span!("block {Seen}", attrs(a = see(1)));
}

/// Calls all of them, outside of spans.
fn all() -> u32 {
    EVALUATED.set(0);
    value();
    values();
    name(Seen);
    links();
    root();
    fails().unwrap_err();
    early(None);
    drop(opaque());
    block();
    later().now_or_never();
    lazy().now_or_never();
    lazy_named(Seen).now_or_never();
    in_place().now_or_never();
    EVALUATED.get()
}

fn under(sampler: impl Sampler) -> Capture {
    Capture::builder().with_sampler(sampler).start()
}

#[test]
fn an_unsampled_root_evaluates_nothing() {
    let t = under(AlwaysOff);
    assert_eq!(all(), 0);
    assert!(t.spans().is_empty());
}

#[test]
fn a_sampled_root_evaluates_everything_once() {
    let t = under(AlwaysOn);
    assert_eq!(all(), 26);
    t.span("values").has("a", 1).has("b", 2).has("c", "x").has("r", 1).is_root().one();
    t.span("named seen").one();
    t.span("fails").has("a", 1).has("error.type", "failed").one();
    t.span("block seen").has("a", 1).one();
    t.span("lazy").has("a", 1).has("r", 1).one();
    t.span("lazy seen").has("a", 1).one();
}

#[test]
fn a_sampler_is_asked_once() {
    #[derive(Debug)]
    struct Counted;

    static ASKED: AtomicU32 = AtomicU32::new(0);

    impl Sampler for Counted {
        fn sample(&self, _: &SamplingInput<'_>) -> Decision {
            let asked = ASKED.fetch_add(1, Ordering::Relaxed);
            if asked.is_multiple_of(2) { Decision::Drop } else { Decision::RecordAndSample }
        }
    }

    let t = under(Counted);
    EVALUATED.set(0);
    for _ in 0..4 {
        value();
    }
    assert_eq!((ASKED.load(Ordering::Relaxed), EVALUATED.get()), (4, 2));
    t.span("value").has("a", 1).count(2);
}

#[test]
fn expressions_may_call_functions_that_are_traced() {
    let t = under(AlwaysOn);
    EVALUATED.set(0);
    nested();
    assert_eq!(EVALUATED.get(), 2);
    t.span("nested").is_root().one();
    t.span("value").has("a", 1).one();
}

#[test]
fn an_expression_that_panics_leaves_nothing_open() {
    #[trace(attrs(a = see(panics())))]
    fn unlucky() {}

    fn panics() -> u8 {
        panic!("on purpose")
    }

    let t = under(AlwaysOn);
    assert!(std::panic::catch_unwind(unlucky).is_err());
    value();
    t.span("value").is_root().one();
}
