//! Telemetry that a unit test can look at. The [`guide`] teaches it from nothing.
//!
//! [`capture`] keeps what a test records apart from whatever else the process is doing: tests run in
//! parallel and see only their own.
//!
//! ```
//! use trace_runtime::trace;
//!
//! #[trace(attrs(amount))]
//! fn charge(amount: u64) -> Result<(), std::num::ParseIntError> {
//!     "x".repeat(amount as usize).parse::<u64>().map(drop)
//! }
//!
//! let t = trace_testkit::capture();
//! let _ = charge(7);
//! let charge = &t.spans()[0];
//! assert_eq!(charge.attribute("amount"), Some(&7.into()));
//! assert!(charge.is_error());
//! ```
#![forbid(unsafe_code)]
// What only answers must not be mistaken for an assertion.
#![warn(clippy::must_use_candidate)]

pub mod assert;
mod capture;
mod condition;
mod eventually;
pub mod force;
mod forest;
#[doc = include_str!("../docs/guide.md")]
pub mod guide {
    #[doc = include_str!("../docs/comparison.md")]
    pub mod comparison {}
}
pub mod matcher;
pub mod model;
mod names;
mod news;
pub mod prelude;
#[cfg(feature = "receiver")]
pub mod receiver;
mod recorded;
mod render;
mod report;
mod script;
mod signals;
mod snapshot_file;
pub mod source;
mod tree_macro;
mod w3c;

trace_runtime::__versioned! {
    /// What the macros expand to.
    #[doc(hidden)]
    pub mod __private {
        #[cfg(feature = "tokio")]
        pub use crate::capture::run::{Runtime, run};
        pub use ::core;
        pub use trace_runtime::{Outcome, SpanKind, Status};
    }

    /// The runtime's seam.
    use trace_runtime::__private::testing as runtime;
}

pub use assert::{SpanPattern, Tree};
pub use capture::{
    Capture, CaptureBuilder, CaptureGuard, CaptureHandle, Clock, GlobalCapture, Scoped, capture,
    capture_global,
};
pub use condition::{EventPattern, LinkPattern, event, link};
pub use eventually::{Eventually, TryEventually};
pub use recorded::Recorded;
pub use render::Render;
pub use report::Report;
#[cfg(feature = "logs")]
pub use signals::LogCollector;
#[cfg(feature = "metrics")]
pub use signals::{MeterReader, RoutedMeterProvider};
pub use trace_testkit_macros::test;
#[doc(hidden)]
pub use trace_testkit_macros::tree as __tree;
