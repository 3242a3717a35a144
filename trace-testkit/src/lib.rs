//! Assertions on telemetry for ordinary unit tests. Start with the [`guide`].
//!
//! A [`capture`] keeps the telemetry of one test apart from everything else in the process, so tests run
//! in parallel.
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
//!
//! | to | use |
//! |---|---|
//! | capture one test | [`test`](macro@test), [`capture`], [`Capture::builder`] |
//! | capture a whole process | [`capture_global`], [`receiver`] |
//! | read what was recorded | [`Recorded`], [`model`] |
//! | assert on spans | [`Recorded::span`], [`Recorded::assert_tree`] with [`tree!`], [`event`], [`link`] |
//! | assert on metrics, logs, sampling, propagation | [`Recorded::counter`] and others, [`Recorded::logs`], [`Recorded::sampled`], [`Recorded::outgoing`] |
//! | match values | [`matcher`] |
//! | wait for telemetry | [`Recorded::eventually`] |
//! | render snapshots | [`Recorded::render`], [`Render`] |
//! | force failures | [`force`] |
//! | add a source of telemetry | [`source`] |
//!
//! The [`prelude`] re-exports what most tests need.
#![forbid(unsafe_code)]
// A method that only returns a value is easily mistaken for an assertion.
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
    /// Contains what the macros expand to.
    #[doc(hidden)]
    pub mod __private {
        #[cfg(feature = "tokio")]
        pub use crate::capture::run::{Runtime, run};
        pub use ::core;
        pub use trace_runtime::{SpanKind, Status, span::Outcome};
    }

    /// The runtime's seam.
    use trace_runtime::__private::testing as runtime;
}

pub use assert::{SpanPattern, Tree};
pub use capture::{
    Capture, CaptureBuilder, CaptureGuard, CaptureHandle, Captured, Clock, GlobalCapture, capture,
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

#[doc(no_inline)]
pub use http;
#[cfg(any(feature = "metrics", feature = "logs"))]
#[doc(no_inline)]
pub use opentelemetry_sdk;
