use trace_macros::trace;

#[trace("{", kind = client, atrs(a), root = true, err(wen = true), ret(= 1))]
fn many(#[attr(!)] a: u32, #[attr] (b, _): (u32, u32)) -> Result<u32, String> {
    Ok(a + b)
}

fn main() {
    // The functions exist nevertheless.
    let _ = many(1, (2, 3));
}
