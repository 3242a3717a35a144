//! What crosses the borders of the program: the headers of the W3C.

mod headers;
mod incoming;
mod outgoing;

pub use headers::Headers;
pub use incoming::Incoming;
pub use outgoing::Outgoing;
