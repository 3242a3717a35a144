//! Asserts on incoming and outgoing requests: the W3C headers.

mod headers;
mod incoming;
mod outgoing;

pub use headers::Headers;
pub use incoming::Incoming;
pub use outgoing::Outgoing;
