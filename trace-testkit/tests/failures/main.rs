//! Tests the messages of failing assertions. Each is a snapshot, to be read before it is accepted.
//!
//! To bless: `INSTA_UPDATE=always cargo test -p trace-testkit --test failures`.

mod instruments;
mod logs;
mod metrics;
mod propagation;
mod sampling;
mod shop;
mod spans;
mod trees;
