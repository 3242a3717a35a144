use trace_macros::trace;

#[trace(kind = client)]
fn lower() {}

#[trace(kind = Sever)]
fn misspelt() {}

#[trace(kind = SpanKind::Client)]
fn path() {}

#[trace(kind = "client")]
fn string() {}

fn main() {}
