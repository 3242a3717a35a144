//! Mistakes in the body are reported in the body.

use trace_macros::trace;

#[trace]
fn wrong_type() -> Result<u32, String> {
    Ok("text")
}

#[trace]
async fn wrong_type_later() -> Result<u32, String> {
    Ok("text")
}

#[trace]
async fn missing_value() -> u32 {}

#[trace]
fn borrowed(text: String) -> Result<&'static str, String> {
    Ok(&text)
}

fn needs_send<T: Send>(_: T) {}

#[trace]
async fn not_sendable() {
    let local = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(local);
}

fn main() {
    needs_send(not_sendable());
}
