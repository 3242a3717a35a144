//! Customers for the shop.

fn main() {}
