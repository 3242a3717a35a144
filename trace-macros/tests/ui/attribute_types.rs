use trace_macros::trace;

struct Opaque;

#[trace]
fn parameter(#[attr] a: Opaque, #[attr(?)] b: Opaque, #[attr(%)] c: Opaque) {}

#[trace(attrs(key = Opaque))]
fn value() {}

#[trace(ret(items = ret.length()))]
fn returned() -> Vec<u32> {
    Vec::new()
}

#[trace(attrs(key = missing))]
fn unknown() {}

fn main() {}
