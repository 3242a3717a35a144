//! Parses the headers of the W3C: [Trace Context, level 2](https://www.w3.org/TR/trace-context-2/)
//! and [Baggage](https://www.w3.org/TR/baggage/).
//!
//! Written for tests: where the specifications have receivers ignore errors, this reports them.

pub(crate) mod baggage;
mod traceparent;
mod tracestate;
mod white_space;

pub(crate) use baggage::Baggage;
pub(crate) use traceparent::Traceparent;
pub(crate) use tracestate::Tracestate;
