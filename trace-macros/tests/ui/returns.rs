use trace_macros::trace;

#[trace(ret(a = ret), err(type = "x"))]
fn nothing() {}

#[trace(ret(a = ret))]
fn never() -> ! {
    loop {}
}

#[trace(err(type = "x"))]
fn plain() -> Vec<String> {
    Vec::new()
}

#[trace(err(type = "x"), ret(a = 1))]
fn stream() -> impl Stream<Item = u32> {
    Cart
}

struct Cart;

impl Cart {
    #[trace(err(type = "x"))]
    #[track_caller]
    fn method(&self) -> Result<(), String> {
        Ok(())
    }
}

#[trace(err(ignore, when = true))]
fn ignored() -> Result<(), String> {
    Ok(())
}

#[trace(err(type = "x"))]
fn unknown() -> Cart {
    Cart
}

trait Stream {
    type Item;
}

impl Stream for Cart {
    type Item = u32;
}

fn main() {}
