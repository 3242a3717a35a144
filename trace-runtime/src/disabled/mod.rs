//! The API of a build that records nothing: the same names, no work, no dependencies.
//!
//! A library that depends on `trace-runtime` without its default features compiles against this;
//! an application that turns the features on replaces it for all libraries of its build.

pub(crate) mod propagation;
mod telemetry;

pub(crate) use telemetry::FlushError;
pub use telemetry::{InitError, Telemetry, init};
#[doc(inline)]
pub use trace_core::Label;
