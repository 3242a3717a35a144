//! Both ends of an export: exporters that count, the HTTP client that all candidates share, and
//! the sink that answers it.

pub mod client;
pub mod count;
pub mod counters;
pub mod sink;
pub mod wire;
