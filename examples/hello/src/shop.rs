//! The steps of a checkout. Each sleeps in place of real work.

use std::thread::sleep;
use std::time::Duration;
use trace_runtime::trace;

#[trace(attrs(items = cart.len()), ret(total = *ret))]
pub(crate) fn quote(cart: &[&str]) -> usize {
    cart.iter().map(|item| price(item)).sum()
}

#[trace]
fn price(#[attr] item: &str) -> usize {
    sleep(Duration::from_millis(2));
    item.len() * 100
}

#[trace]
pub(crate) fn reserve(cart: &[&str]) {
    cart.iter().for_each(|item| pick(item));
}

#[trace]
fn pick(#[attr] item: &str) {
    sleep(Duration::from_millis(4));
}

#[trace(kind = Client)]
pub(crate) fn charge(#[attr("user.id")] user: u64, #[attr] amount: usize) {
    sleep(Duration::from_millis(9));
}

#[trace]
pub(crate) fn send_receipt(#[attr("user.id")] user: u64) {
    sleep(Duration::from_millis(1));
}
