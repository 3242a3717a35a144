//! What failing assertions say. Each message is a snapshot that somebody has read.
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
