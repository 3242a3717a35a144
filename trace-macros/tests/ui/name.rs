use trace_macros::trace;

#[trace("")]
fn empty() {}

#[trace("a\0b")]
fn nul() {}

#[trace("open {a")]
fn unclosed(a: u32) {}

#[trace("close }")]
fn unopened() {}

#[trace("{} and {0}")]
fn positional() {}

#[trace("{a + 1}")]
fn expression(a: u32) {}

struct Cart;

impl Cart {
    const NAME: &str = "cart";

    #[trace(name = Self::NAME)]
    fn of_self() {}
}

#[trace("of {nothing}")]
fn unknown_variable() {}

fn main() {}
