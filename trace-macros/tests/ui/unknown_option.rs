use trace_macros::trace;

#[trace(knid = Client)]
fn misspelt() {}

#[trace(fields(a = 1), level = "info", skip_all)]
fn habits() {}

#[trace(42)]
fn no_option() {}

fn main() {}
