use trace_macros::trace;

#[trace]
const fn constant() -> u32 {
    1
}

#[trace]
struct Cart;

#[trace]
mod module {}

trait Shape {
    #[trace(kind = Client)]
    fn area(&self) -> f64;
}

#[trace(skip)]
fn skipped() {}

#[trace(skip)]
impl Cart {}

fn main() {
    let _ = constant();
}
