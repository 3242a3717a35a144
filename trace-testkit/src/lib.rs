//! Telemetry that a unit test can look at.
//!
//! [`capture`] runs a piece of code within a trace of its own and returns the spans of that trace,
//! whatever else the process is doing: tests run in parallel and see only their own.
//!
//! ```
//! use trace_runtime::trace;
//!
//! #[trace(attrs(amount))]
//! fn charge(amount: u64) -> Result<(), std::num::ParseIntError> {
//!     "x".repeat(amount as usize).parse::<u64>().map(drop)
//! }
//!
//! let captured = trace_testkit::capture(|| charge(7));
//! let charge = captured.span("charge");
//! assert_eq!(charge.attribute("amount").unwrap().to_string(), "7");
//! assert!(charge.is_error());
//! assert_eq!(captured.tree(), "test\n└ charge [amount=7] error=\"invalid digit found in string\"\n");
//! ```
#![forbid(unsafe_code)]

pub mod assert;
mod condition;
mod forest;
pub mod matcher;
mod memory;
pub mod model;
mod names;
#[cfg(feature = "receiver")]
pub mod receiver;
mod recorded;
mod render;
mod report;
pub mod source;
mod tree;
mod w3c;

pub use condition::{EventPattern, LinkPattern, event, link};
pub use memory::{Captured, capture, capture_async, spans_of, telemetry};
pub use recorded::Recorded;
pub use render::Render;
pub use report::Report;
