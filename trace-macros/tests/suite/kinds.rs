//! Every option compiles, alone and together.

use super::{block_on, span, trace};
use trace_runtime::SpanContext;

const NAME: &str = "constant";

struct Order {
    id: u64,
    items: Vec<String>,
}

#[trace("checkout {tier}")]
fn template(tier: &str) -> usize {
    tier.len()
}

#[trace("{{literal}} {order.id:>4} {order.items:?}")]
fn fields(order: &Order) -> u64 {
    order.id
}

#[trace(name = NAME, kind = Client)]
fn constant() {}

#[trace(name = concat!("a", "b"), kind = Server)]
fn computed() {}

#[trace(attrs(
    order.id = %order.id,
    cart = ?order.items,
    "http.route" = route,
    size,
    order.id.type = "u64",
    %route,
    ?size_too,
    maybe = Some(3_u8),
    half = 0.5,
    list = [1_i64, 2],
))]
fn attributes(order: &Order, route: &str, size: usize, size_too: usize) -> usize {
    order.items.len() + route.len() + size + size_too
}

#[derive(Clone, Copy, Debug)]
struct Card;

impl std::fmt::Display for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("card")
    }
}

#[trace]
fn parameters(
    #[attr] id: u64,
    #[attr("user.tier")] tier: &str,
    #[attr(?)] card: Card,
    #[attr(%)] mut shown: Card,
    #[attr("card.again", ?)] again: Card,
) -> Result<u64, String> {
    shown = if id > 1 { again } else { shown };
    let _ = (card, shown, tier);
    Ok(id)
}

#[trace(ret(items = ret.len(), first = ret.first().map(String::as_str), ?ret))]
fn returned(order: &Order) -> Result<&Vec<String>, String> {
    Ok(&order.items)
}

#[trace(ret(length = ret.len(), text = format!("{ret}!").as_str()))]
fn returned_plainly() -> String {
    "four".to_owned()
}

#[trace(err(when = !err.is_empty(), type = err.as_str()), ret(ok = true))]
fn failed() -> Result<u32, String> {
    Err("reason".to_owned())
}

#[trace(err(ignore))]
fn ignored() -> Result<u32, String> {
    Err("reason".to_owned())
}

#[trace(err(type = "fixed"))]
async fn failed_later(id: u32) -> Result<u32, String> {
    Err(id.to_string())
}

#[trace(root)]
fn rooted() {}

#[trace(parent = context)]
fn continued(context: Option<SpanContext>) -> Result<bool, String> {
    Ok(context.is_none())
}

#[trace(parent = context, attrs(id), "continued {id}")]
async fn continued_later(context: Option<SpanContext>, id: u32) -> Result<u32, String> {
    let _ = context;
    Ok(id)
}

#[trace(links = [first, second], kind = Consumer)]
fn linked(first: SpanContext, second: SpanContext) -> Result<(), String> {
    let _ = (first, second);
    Ok(())
}

#[trace(links = contexts.iter(), parent = contexts.first(), attrs(count = contexts.len()))]
fn linked_to_all(contexts: &[SpanContext]) -> usize {
    contexts.len()
}

#[trace(crate = trace_runtime, kind = Producer)]
fn elsewhere() {}

struct Cart(Vec<u32>);

#[trace(kind = Internal, attrs(service = "cart"), err(type = "cart"))]
impl Cart {
    const MAX: usize = 3;

    const fn new() -> Self {
        Self(Vec::new())
    }

    fn add(&mut self, #[attr] item: u32) -> Result<usize, String> {
        if self.0.len() == Self::MAX {
            return Err("full".to_owned());
        }
        self.0.push(item);
        Ok(self.0.len())
    }

    #[trace(skip)]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[trace("cart total of {self.0:?}", kind = Server, attrs(items = self.len()))]
    async fn total(&self) -> u32 {
        self.0.iter().sum()
    }
}

#[trace]
trait Priced {
    fn price(&self) -> Result<u32, String>;

    fn twice(&self) -> Result<u32, String> {
        Ok(self.price()? * 2)
    }
}

impl Priced for Cart {
    fn price(&self) -> Result<u32, String> {
        Ok(21)
    }
}

fn blocks(size: usize) -> usize {
    let _span = span!("load");
    let _named = span!("load {size}", kind = Client, attrs(size, twice = size * 2));
    let _constant = span!(name = NAME, root);
    let inner = {
        let _inner = span!("inner", parent = None::<SpanContext>, links = None::<SpanContext>);
        size
    };
    inner + 1
}

#[test]
fn all_options() {
    let order = Order { id: 1, items: vec!["a".to_owned()] };
    assert_eq!(template("pro"), 3);
    assert_eq!(fields(&order), 1);
    constant();
    computed();
    assert_eq!(attributes(&order, "/", 1, 1), 4);
    assert_eq!(parameters(1, "pro", Card, Card, Card), Ok(1));
    assert_eq!(returned(&order), Ok(&order.items));
    assert_eq!(returned_plainly(), "four");
    assert!(failed().is_err() && ignored().is_err() && block_on(failed_later(1)).is_err());
    rooted();
    assert_eq!(continued(None), Ok(true));
    assert_eq!(block_on(continued_later(None, 1)), Ok(1));
    elsewhere();
    let mut cart = Cart::new();
    assert_eq!(cart.add(1), Ok(1));
    assert_eq!(block_on(cart.total()), 1);
    assert_eq!((cart.len(), cart.twice()), (1, Ok(42)));
    assert_eq!(blocks(1), 2);
}

#[test]
fn contexts() {
    let (trace_id, span_id) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let _ = (trace_id, span_id);
    assert_eq!(linked_to_all(&[]), 0);
    let _: fn(SpanContext, SpanContext) -> Result<(), String> = linked;
}
