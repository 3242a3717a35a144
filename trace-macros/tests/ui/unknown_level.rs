use trace_macros::{span, trace};

#[trace(level = "verbose")]
fn text() {}

#[trace(level = debg)]
fn misspelt() {}

#[trace(level = Level::Debug)]
fn path() {}

#[trace(level)]
fn without_a_value() {}

#[trace(level = debug, level = info)]
fn twice() {}

fn main() {
    let _block = span!("block", level = off);
}
