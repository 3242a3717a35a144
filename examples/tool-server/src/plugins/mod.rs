//! Instrumentation that is installed once, around a cache, and records everything that goes through it. That of the
//! database is `trace-sql`.
//!
//! It uses public API only, and knows nothing of this program.

pub(crate) mod cache;
