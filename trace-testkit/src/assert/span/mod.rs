//! Asserts on single spans: a [query](SpanQuery) finds them, a [`SpanAssert`] checks one.

mod one;
mod query;

pub use one::SpanAssert;
pub use query::SpanQuery;
