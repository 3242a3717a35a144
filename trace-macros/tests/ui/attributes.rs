use trace_macros::trace;

#[trace(attrs("" = 1, "a\0b" = 2, same = 3, same = 4))]
fn keys(#[attr("same")] other: u32) {}

#[trace(attrs(key: 1, "alone", f(), key =, = 2, order.id()))]
fn forms() {}

#[trace(attrs(?f(), %1))]
fn sigils() {}

#[trace]
fn helpers(
    #[attr(id, key)] a: u32,
    #[attr()] b: u32,
    #[attr = "c"] c: u32,
    #[attr]
    #[attr("again")]
    d: u32,
    #[attr] _: u32,
) {
}

struct Cart;

impl Cart {
    #[trace]
    fn of_self(#[attr] &self) {}
}

fn main() {}
