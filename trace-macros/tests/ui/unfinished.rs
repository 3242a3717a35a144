//! Half-typed code: the function exists, so its callers get no messages.

use trace_macros::trace;

struct Cart {
    items: Vec<u32>,
}

#[trace(kind = )]
fn unfinished(cart: &Cart) -> usize {
    cart.items.len()
}

#[trace]
fn body(cart: &Cart) -> usize {
    cart.
}

fn main() {
    let length: usize = unfinished(&Cart { items: Vec::new() });
    let _ = length + body(&Cart { items: Vec::new() });
}
