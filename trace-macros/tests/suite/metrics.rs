//! Every option of the metrics in every form of function, and the order of evaluation.

use super::traced::functions::{block_on, pause};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use trace_macros::{Label, business_metric, metered, trace};
use trace_runtime::Objective;

#[derive(Clone, Copy, Debug, Label, PartialEq)]
enum Tier {
    Free,
    #[label(rename = "paid")]
    Pro,
}

#[derive(Label)]
#[label(rename_all = "kebab-case", crate = trace_runtime)]
#[allow(dead_code)]
enum Reason<'a, T: ?Sized> {
    NotFound {
        path: &'a T,
    },
    #[cfg(any())]
    Missing(NotAType),
    Refused(u32),
    #[deprecated]
    Old,
    r#Type,
}

#[derive(Clone, Copy, Label)]
#[label(range = 1..=5)]
struct Stars(u8);

#[derive(Label)]
#[label(range = -2..3)]
struct Offset {
    hours: i32,
}

#[derive(Label)]
#[label(range = 0..=255)]
struct Whole(u8);

#[derive(Debug, PartialEq)]
struct Order {
    total: u64,
    status: Tier,
}

#[derive(Debug, PartialEq)]
struct Failure(u8);

impl Failure {
    fn is_expected(&self) -> bool {
        self.0 == 0
    }

    fn tier(&self) -> Tier {
        Tier::Free
    }
}

type Outcome<T> = Result<T, Failure>;

const API_SLO: Objective =
    Objective::new("api").success_rate(99.9).latency(Duration::from_millis(250), 99.0);
const BOUNDARIES: [f64; 2] = [0.5, 1.0];

struct Config {
    region: String,
    is_live: bool,
}

#[metered]
fn bare(value: u32) -> u32 {
    value
}

#[metered(
    name = "checkout.call",
    labels(tier, live = config.is_live, region(cap = 10) = config.region, path(cap = 2 * 5), channel = "web", stars = &Stars(3)),
    in_flight,
    slo = API_SLO,
    buckets = [0.005, 0.01, 1, 10.0]
)]
fn labelled(tier: Tier, config: &Config, path: &str) -> usize {
    let _ = (tier, config);
    path.len()
}

#[metered("named", slo = self::API_SLO, buckets = BOUNDARIES, crate = trace_runtime)]
fn constants() {}

#[metered(labels(maybe = Some(tier), tier), err(when = !err.is_expected(), type = err.0))]
fn failing(tier: Tier) -> Outcome<u32> {
    if tier == Tier::Free {
        return Err(Failure(1));
    }
    Ok(1)
}

#[metered(labels(status = ret.status, code = err.tier(), before = order.status))]
fn labelled_later(order: Order) -> Outcome<Order> {
    if order.total == 0 { Err(Failure(2)) } else { Ok(order) }
}

#[metered(labels(first = *first, even = first % 2 == 0))]
#[business_metric(counter("pairs"), value = second.len(), on = ok)]
#[business_metric(counter("pairs.seen"), value = second.len())]
fn patterns((first, second): (&bool_like::Bool, Vec<u8>), [_, last]: [u8; 2]) -> Outcome<usize> {
    Ok(second.len() + usize::from(last) + usize::from(first % 2 == 0))
}

/// `bool` behind operators.
mod bool_like {
    use super::trace_runtime_label;

    #[derive(Clone, Copy, trace_runtime_label)]
    #[label(range = 0..=9)]
    pub(super) struct Bool(pub(super) u8);

    impl std::ops::Rem<u8> for &Bool {
        type Output = u8;

        fn rem(self, other: u8) -> u8 {
            self.0 % other
        }
    }
}

/// A renamed derive keeps its helper attributes.
use trace_macros::Label as trace_runtime_label;

#[business_metric(counter("orders.revenue", unit = "{EUR}", description = "Taken"), value = ret.total, labels(tier), on = ok)]
#[business_metric(histogram("cart.items", buckets = [1, 10, 100]), value = cart.as_ref().map(Vec::len))]
#[business_metric(counter("orders"), labels(tier, status = ret.status, code = err.tier()))]
#[business_metric(updown("refusals"), value = -1, on = error, labels(code = err.tier(), tier))]
#[business_metric(gauge("errors.last"), value = err.0)]
#[business_metric(histogram("waiting", unit = "s"), value = waited)]
fn order(tier: Tier, cart: Option<Vec<u8>>, waited: Duration) -> Outcome<Order> {
    let cart = cart.ok_or(Failure(0))?;
    let _ = waited;
    Ok(Order { total: cart.len() as u64, status: tier })
}

#[business_metric(counter("orders.later"), value = ret.total, labels(tier), on = ok)]
#[business_metric(histogram("cart.items.later"), value = cart.len())]
#[business_metric(counter("orders.by_status"), labels(tier, status = ret.status, code = err.tier()))]
#[business_metric(counter("bytes.refused"), value = cart.len(), on = error, labels(code = err.tier(), tier))]
#[business_metric(counter("plain"), on = ok)]
async fn order_later(tier: Tier, cart: Vec<u8>) -> Outcome<Order> {
    pause().await;
    if cart.is_empty() {
        return Err(Failure(3));
    }
    Ok(Order { total: cart.len() as u64, status: tier })
}

#[business_metric(gauge("queue.depth"), value = queue.len())]
fn alone(queue: &mut Vec<u8>) -> &mut u8 {
    queue.push(1);
    &mut queue[0]
}

#[business_metric(counter("texts"), value = ret.len())]
#[business_metric(counter("returns"), on = ok)]
fn plain_value(text: &str) -> &str {
    &text[1..]
}

#[business_metric(counter("ends"), on = ok)]
fn nothing(_text: String) {}

#[business_metric(counter("maybe"), on = ok, value = 1.5)]
#[business_metric(counter("maybe.not"), on = error)]
fn optional(fail: bool) -> Option<Outcome<u8>> {
    Some(if fail { Err(Failure(0)) } else { Ok(1) })
}

#[business_metric(counter("never"))]
#[metered(labels(live))]
fn never(live: bool) -> ! {
    panic!("{}", live)
}

#[metered(labels(live))]
#[business_metric(counter("never.later"))]
async fn never_later(live: bool) -> ! {
    pause().await;
    panic!("{}", live)
}

#[metered(labels(status = ret.status))]
#[track_caller]
#[business_metric(counter("calls"), value = number, on = ok)]
fn caller(number: u64) -> Outcome<Order> {
    let _ = std::panic::Location::caller();
    Ok(Order { total: number, status: Tier::Pro })
}

#[metered(labels(tier))]
#[business_metric(counter("calls.lazy"), value = ret.total, labels(tier))]
#[business_metric(counter("calls.built"), value = number)]
fn lazy(tier: Tier, number: u64) -> impl Future<Output = Outcome<Order>> + Send {
    std::future::ready(Ok(Order { total: number, status: tier }))
}

#[business_metric(counter("calls.lazy.early"), value = number, on = error)]
#[metered(labels(tier))]
fn lazy_boxed((tier, number): (Tier, u64)) -> Pin<Box<dyn Future<Output = Outcome<Order>> + Send>> {
    if number == 0 {
        return Box::pin(std::future::ready(Err(Failure(1))));
    }
    Box::pin(async move { Ok(Order { total: number, status: tier }) })
}

#[trace]
#[metered(labels(tier))]
#[business_metric(counter("calls.in_place"), value = ret.total, labels(tier))]
fn in_place<'a>(tier: &'a Tier) -> Pin<Box<dyn Future<Output = Outcome<Order>> + Send + 'a>> {
    Box::pin(async move { Ok(Order { total: 1, status: *tier }) })
}

#[business_metric(counter("calls.in_place.alone"), labels(tier))]
fn in_place_alone(tier: Tier) -> impl Future<Output = Tier> {
    async move { tier }
}

#[metered(in_flight, labels(tier))]
#[business_metric(counter("streams"), labels(tier))]
fn stream(tier: Tier) -> impl futures_core::Stream<Item = Tier> {
    Some(tier).map_or(Once(None), |tier| Once(Some(tier)))
}

struct Once(Option<Tier>);

impl futures_core::Stream for Once {
    type Item = Tier;

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Tier>> {
        std::task::Poll::Ready(self.0.take())
    }
}

struct Cart {
    tier: Tier,
    items: Vec<u8>,
}

#[metered(labels(tier = self.tier), in_flight, err(when = !err.is_expected()))]
#[trace]
impl Cart {
    const fn new(tier: Tier) -> Self {
        Self { tier, items: Vec::new() }
    }

    #[business_metric(gauge("cart.items"), value = self.items.len())]
    fn add(&mut self, #[attr] item: u8) -> Result<&mut Self, Failure> {
        if item == 0 {
            return Err(Failure(0));
        }
        self.items.push(item);
        Ok(self)
    }

    #[metered("cart.totals", labels(big = *ret > 10))]
    fn total(&self) -> u32 {
        self.items.iter().map(|item| u32::from(*item)).sum()
    }

    #[metered(skip)]
    fn len(&self) -> usize {
        self.items.len()
    }

    #[trace(skip)]
    #[metered(skip)]
    #[business_metric(counter("carts.taken"), value = self.items.len(), on = ok)]
    fn take(self, #[attr] _unused: u8) -> Outcome<Vec<u8>> {
        Ok(self.items)
    }

    #[trace(skip)]
    async fn later(&self) -> Outcome<usize> {
        pause().await;
        Ok(self.items.len())
    }
}

#[metered]
trait Priced {
    fn price(&self) -> Outcome<u64>;

    #[business_metric(counter("price.twice"), value = *ret)]
    fn twice(&self) -> Outcome<u64> {
        Ok(self.price()? * 2)
    }
}

#[metered]
impl Priced for Cart {
    fn price(&self) -> Outcome<u64> {
        Ok(21)
    }
}

#[async_trait::async_trait]
trait Shop {
    async fn buy(&self, tier: Tier) -> Outcome<u64>;
}

#[async_trait::async_trait]
#[metered]
impl Shop for Cart {
    #[trace(attrs(length = self.items.len()))]
    #[business_metric(counter("bought"), value = *ret, labels(tier, own = self.tier))]
    async fn buy(&self, tier: Tier) -> Outcome<u64> {
        pause().await;
        Ok(u64::from(tier == self.tier))
    }
}

#[metered]
#[async_trait::async_trait]
impl Shop for Tier {
    #[business_metric(counter("bought.directly"), value = *ret, labels(tier, own = *self))]
    async fn buy(&self, tier: Tier) -> Outcome<u64> {
        Ok(u64::from(tier == *self))
    }
}

#[test]
fn all_forms() {
    let config = Config { region: "eu".to_owned(), is_live: true };
    assert_eq!((bare(1), labelled(Tier::Pro, &config, "/")), (1, 1));
    constants();
    assert_eq!((failing(Tier::Free), failing(Tier::Pro)), (Err(Failure(1)), Ok(1)));
    let pro = |total| Order { total, status: Tier::Pro };
    assert_eq!(labelled_later(pro(1)), Ok(pro(1)));
    assert_eq!(labelled_later(pro(0)), Err(Failure(2)));
    assert_eq!(patterns((&bool_like::Bool(2), vec![1]), [0, 1]), Ok(3));
    assert_eq!(order(Tier::Pro, Some(vec![1, 2]), Duration::ZERO), Ok(pro(2)));
    assert_eq!(order(Tier::Pro, None, Duration::ZERO), Err(Failure(0)));
    assert_eq!(block_on(order_later(Tier::Pro, vec![1])), Ok(pro(1)));
    assert_eq!(block_on(order_later(Tier::Pro, vec![])), Err(Failure(3)));
    assert_eq!((alone(&mut vec![]), plain_value("abc")), (&mut 1, "bc"));
    nothing(String::new());
    assert_eq!((optional(true), optional(false)), (Some(Err(Failure(0))), Some(Ok(1))));
    assert!(std::panic::catch_unwind(|| never(true)).is_err());
    assert!(std::panic::catch_unwind(|| block_on(async { never_later(true).await })).is_err());
    assert_eq!(caller(1), Ok(pro(1)));
    assert_eq!(block_on(lazy(Tier::Pro, 1)), Ok(pro(1)));
    assert_eq!(block_on(lazy_boxed((Tier::Pro, 1))), Ok(pro(1)));
    assert_eq!(block_on(lazy_boxed((Tier::Pro, 0))), Err(Failure(1)));
    assert_eq!(block_on(in_place(&Tier::Pro)), Ok(pro(1)));
    assert_eq!(block_on(in_place_alone(Tier::Pro)), Tier::Pro);
    drop(stream(Tier::Free));
    let mut cart = Cart::new(Tier::Pro);
    assert!(cart.add(0).is_err() && cart.add(2).is_ok());
    assert_eq!((cart.total(), cart.len(), block_on(cart.later())), (2, 1, Ok(1)));
    assert_eq!((cart.twice(), block_on(cart.buy(Tier::Pro))), (Ok(42), Ok(1)));
    assert_eq!(block_on(Tier::Pro.buy(Tier::Free)), Ok(0));
    assert_eq!(cart.take(1), Ok(vec![2]));
    let reasons: [Reason<'_, str>; 3] =
        [Reason::NotFound { path: "" }, Reason::Refused(1), Reason::Type];
    assert_eq!(reasons.len(), 3);
    let _ = (Offset { hours: 1 }.hours, Whole(1).0, Stars(1).0);
}

macro_rules! metered_by {
    ($name:ident, $label:expr, $value:expr) => {
        #[metered(labels(tier = $label))]
        #[business_metric(counter("made"), value = $value, labels(status = ret.status))]
        fn $name(tier: Tier, number: u64) -> Outcome<Order> {
            Ok(Order { total: number, status: tier })
        }
    };
}

metered_by!(made, Tier::Pro, ret.total);

#[metered]
#[cfg_attr(all(), trace)]
#[cfg_attr(all(), business_metric(counter("conditional"), value = *ret))]
async fn conditional(value: u64) -> Outcome<u64> {
    Ok(value)
}

#[cfg_attr(all(), metered)]
#[cfg_attr(any(), metered)]
#[inline]
#[trace]
fn conditional_first(value: u64) -> Outcome<u64> {
    Ok(value)
}

#[business_metric(counter("tests"), on = ok)]
#[test]
#[metered]
fn a_test() -> Result<(), String> {
    assert_eq!(made(Tier::Pro, 1).map(|order| order.total), Ok(1));
    assert_eq!((block_on(conditional(1)), conditional_first(1)), (Ok(1), Ok(1)));
    Ok(())
}

#[metered(in_flight)]
#[tokio::test]
#[business_metric(counter("tests.later"), on = ok)]
async fn a_test_later() -> Result<(), String> {
    tokio::task::yield_now().await;
    Ok(())
}

thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

fn say<T>(text: &'static str, value: T) -> T {
    LOG.with(|log| log.borrow_mut().push(text));
    value
}

fn said(run: impl FnOnce()) -> Vec<&'static str> {
    LOG.with(|log| log.borrow_mut().clear());
    run();
    LOG.with(|log| log.take())
}

#[metered(labels(a = say("label", true), b = say("label of ret", *ret == 1), c = say("label of err", err.0 == 1)))]
#[business_metric(counter("values"), value = say("value", 1_u8))]
#[business_metric(counter("values.later"), value = say("value of ret", *ret))]
#[business_metric(counter("values.failed"), value = say("value of err", err.0))]
fn evaluated(result: Outcome<u8>) -> Outcome<u8> {
    say("body", ());
    result
}

#[metered(labels(a = say("label", true), b = say("label of ret", *ret == 1), c = say("label of err", err.0 == 1)))]
#[business_metric(counter("values"), value = say("value", 1_u8))]
#[business_metric(counter("values.later"), value = say("value of ret", *ret))]
#[business_metric(counter("values.failed"), value = say("value of err", err.0))]
async fn evaluated_later(result: Outcome<u8>) -> Outcome<u8> {
    say("body", ());
    result
}

#[test]
fn expressions_are_evaluated_in_order() {
    let _t = trace_testkit::capture();
    let ok = ["label", "value", "body", "label of ret", "value of ret"];
    assert_eq!(said(|| drop(evaluated(Ok(1)))), ok);
    assert_eq!(said(|| drop(block_on(evaluated_later(Ok(1))))), ok);
    let err = ["label", "value", "body", "label of err", "value of err"];
    assert_eq!(said(|| drop(evaluated(Err(Failure(1))))), err);
    assert_eq!(said(|| drop(block_on(evaluated_later(Err(Failure(1)))))), err);
    assert!(said(|| drop(evaluated_later(Ok(1)))).is_empty());
}

mod shadowed {
    #![allow(dead_code, unused_macros)]

    use super::{Tier, business_metric, metered};

    pub(super) struct Result;
    pub(super) struct Option;
    pub(super) struct String;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Labels;
    pub(super) struct Meter;
    pub(super) mod std {}
    pub(super) mod core {}
    pub(super) mod trace_runtime {}
    macro_rules! concat {
        () => {};
    }
    #[allow(unused_imports)]
    pub(crate) use concat;

    /// Methods with the names of the runtime's, on everything.
    pub(super) trait Everything {
        fn id(self)
        where
            Self: Sized,
        {
        }
        fn label(&self) {}
        fn leave(self)
        where
            Self: Sized,
        {
        }
        fn measure(&self) {}
        fn set(&mut self) {}
    }

    impl<T> Everything for T {}

    #[metered(labels(tier, text(cap = 3), fixed = "one", big = *ret > 1))]
    #[business_metric(counter("shadowed"), value = *ret, labels(tier), on = ok)]
    pub(super) fn inspected(
        tier: Tier,
        text: &str,
        ret: u64,
        __trace_call: u64,
        __trace_held_0: u64,
    ) -> ::std::result::Result<u64, Tier> {
        let _ = (tier, text);
        ::std::result::Result::Ok(ret + __trace_call + __trace_held_0)
    }

    #[metered(labels(tier, text(cap = 3), fixed = "one", big = *ret > 1))]
    #[business_metric(counter("shadowed"), value = *ret, labels(tier), on = ok)]
    pub(super) async fn later(
        tier: Tier,
        text: &str,
        ret: u64,
        __trace_end: u64,
    ) -> ::std::result::Result<u64, Tier> {
        let _ = (tier, text);
        ::std::result::Result::Ok(ret + __trace_end)
    }
}

#[test]
fn shadowing_scopes() {
    assert_eq!(shadowed::inspected(Tier::Pro, "", 1, 1, 1), Ok(3));
    assert_eq!(block_on(shadowed::later(Tier::Pro, "", 1, 1)), Ok(2));
    let _: (shadowed::Labels, shadowed::Meter) = (shadowed::Labels, shadowed::Meter);
}
