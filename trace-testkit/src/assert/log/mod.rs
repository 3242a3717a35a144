//! Asserts on logs.

mod condition;
mod draw;
mod query;

pub use query::LogQuery;
