//! Clippy's lints reach the body in every form of function.

use super::{block_on, trace};
use std::future::Future;

#[trace]
#[expect(clippy::needless_return)]
fn plain(n: u8) -> u8 {
    return n + 1;
}

#[trace]
#[expect(clippy::needless_return)]
fn fallible(n: u8) -> Result<u8, String> {
    if n == 0 {
        return Err("none".into());
    }
    return Ok(n);
}

#[trace]
#[expect(clippy::needless_lifetimes)]
fn elidable<'a>(text: &'a str) -> Result<&'a str, String> {
    text.strip_prefix('a').ok_or_else(|| text.into())
}

#[trace]
#[expect(clippy::needless_return)]
fn opaque(n: u8) -> impl Fn(u8) -> u8 {
    return move |m| m + n;
}

#[trace]
#[expect(clippy::needless_return)]
async fn later(n: u8) -> Result<u8, String> {
    return Ok(n);
}

#[trace]
#[expect(clippy::needless_return)]
fn lazy(n: u8) -> impl Future<Output = u8> {
    let ready = std::future::ready(n);
    return ready;
}

#[test]
fn bodies() {
    assert_eq!((plain(1), fallible(1), opaque(1)(1)), (2, Ok(1), 2));
    assert!(fallible(0).is_err() && elidable("b").is_err());
    assert_eq!(elidable("ab"), Ok("b"));
    assert_eq!((block_on(later(1)), block_on(lazy(1))), (Ok(1), 1));
}
