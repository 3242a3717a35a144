use trace_macros::trace;

#[trace("one", name = "two", kind = Client, kind = Server, root, root)]
fn twice() {}

#[trace]
#[trace("again")]
fn attributes() {}

fn main() {}
