//! Assertions, one subject per file: each panics at the caller's line with a
//! [`Report`](crate::Report), and has a twin `try_…` that returns it.

mod propagation;
mod sampling;
mod span;
mod strict;

pub use propagation::{Headers, Incoming, Outgoing};
pub use sampling::SampledQuery;
pub use span::{SpanAssert, SpanQuery};
