use trace_macros::trace;

#[trace(root, parent = context)]
fn both(context: u32) {}

#[trace(parent = a)]
async fn pattern((a, _): (Option<trace_runtime::SpanContext>, u32)) {}

fn main() {}
