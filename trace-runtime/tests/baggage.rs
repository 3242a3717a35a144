//! Tests baggage that is in scope for a function.
#![cfg(feature = "enabled")]

use futures_util::{Stream, StreamExt as _, stream};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use tokio::task::yield_now;
use trace_runtime::{Baggage, Instrument as _, metered, trace};
use trace_testkit::Capture;

fn get(key: &str) -> Option<String> {
    Baggage::current().get(key).map(str::to_owned)
}

#[trace(attrs(seen = get("tenant")))]
fn inner() {}

#[trace(attrs(before = get("tenant")), baggage(tenant = id, "user.tier" = %tier, plan = plan))]
fn sync(id: u64, tier: char, plan: Option<&str>) -> (Option<String>, Option<String>) {
    inner();
    assert_eq!(get("plan").as_deref(), plan);
    (get("tenant"), get("user.tier"))
}

#[trace_testkit::test]
fn of_a_function(t: Capture) {
    let _outer = Baggage::new().with_entry("tenant", "outer").with_entry("kept", 1).attach();
    assert_eq!(sync(7, 'a', None), (Some("7".into()), Some("a".into())));
    assert_eq!(sync(8, 'b', Some("x")), (Some("8".into()), Some("b".into())));
    assert_eq!((get("tenant").as_deref(), get("user.tier")), (Some("outer"), None));
    // The span has begun before, and is not what the entries are for.
    t.span("sync").has("before", "outer").count(2);
    t.span("inner").has("seen", "7").child_of("sync").one();
    t.strict();
}

#[trace(baggage(tenant = id))]
fn early(id: u64) -> Result<Option<String>, std::num::ParseIntError> {
    if id == 0 {
        return Ok(get("tenant"));
    }
    "x".parse::<u8>()?;
    Ok(None)
}

#[trace_testkit::test]
fn however_it_is_left(_t: Capture) {
    assert_eq!(early(0).unwrap().as_deref(), Some("0"));
    assert!(early(1).is_err());
    #[trace(baggage(tenant = 1))]
    fn panics() {
        panic!("on purpose");
    }
    let _ = std::panic::catch_unwind(panics);
    assert_eq!(get("tenant"), None);
}

struct Id(u64);

#[trace(baggage(tenant = id))]
async fn task(Id(id): Id) -> Option<String> {
    yield_now().await;
    inner();
    yield_now().await;
    get("tenant")
}

#[trace_testkit::test(flavor = "multi_thread")]
async fn of_a_future_while_it_is_polled(t: Capture) {
    let (one, two) = tokio::join!(task(Id(1)), task(Id(2)));
    assert_eq!((one.as_deref(), two.as_deref()), (Some("1"), Some("2")));
    assert_eq!(get("tenant"), None);
    let spawned = tokio::spawn(task(Id(3)).in_current_span()).await.unwrap();
    assert_eq!(spawned.as_deref(), Some("3"));
    for seen in ["1", "2", "3"] {
        t.span("inner").has("seen", seen).child_of("task").one();
    }
    t.strict();
}

#[trace(baggage(tenant = id))]
fn boxed<'a>(id: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
    Box::pin(async move {
        yield_now().await;
        let _ = id;
        get("tenant")
    })
}

#[trace(baggage(tenant = %id))]
fn returned(id: &str) -> impl Future<Output = Option<String>> {
    assert_eq!(get("tenant").as_deref(), Some(id));
    async { get("tenant") }
}

#[trace(baggage(tenant = id))]
fn streamed(id: u8) -> impl Stream<Item = Option<String>> {
    stream::iter([(), ()]).map(|()| get("tenant"))
}

#[trace_testkit::test]
async fn of_what_functions_return(_t: Capture) {
    assert_eq!(boxed("a").await.as_deref(), Some("a"));
    assert_eq!(returned("b").await.as_deref(), Some("b"));
    let all = [Some("3".to_owned()), Some("3".to_owned())];
    assert_eq!(streamed(3).collect::<Vec<_>>().await, all);
    assert_eq!(get("tenant"), None);
}

struct Cart {
    id: u64,
}

#[trace(baggage(tenant = self.id, kept = 1))]
impl Cart {
    fn add(&self) -> (Option<String>, Option<String>) {
        (get("tenant"), get("kept"))
    }

    #[trace(baggage(tenant = "own"))]
    async fn pay(&self) -> (Option<String>, Option<String>) {
        yield_now().await;
        (get("tenant"), get("kept"))
    }
}

#[trace_testkit::test]
async fn of_methods(_t: Capture) {
    let cart = Cart { id: 5 };
    assert_eq!(cart.add(), (Some("5".into()), Some("1".into())));
    assert_eq!(cart.pay().await, (Some("own".into()), Some("1".into())));
}

#[metered(labels(large = size > 3))]
#[trace(baggage(size))]
fn stacked(size: u64) -> Option<String> {
    get("size")
}

#[trace_testkit::test]
fn beside_a_meter(_t: Capture) {
    assert_eq!(stacked(4).as_deref(), Some("4"));
}

#[test]
fn nothing_is_evaluated_where_telemetry_is_off() {
    thread_local!(static EVALUATED: Cell<u32> = const { Cell::new(0) });
    fn value() -> u32 {
        EVALUATED.set(EVALUATED.get() + 1);
        1
    }
    #[trace(baggage(a = value()))]
    fn work() -> bool {
        get("a").is_some()
    }
    // Other tests of this process may have telemetry on.
    let has = work();
    assert_eq!(EVALUATED.get() == 1, has);
}
