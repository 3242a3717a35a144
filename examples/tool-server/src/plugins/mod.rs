//! Instrumentation that is installed once, around a pool or a cache, and records everything that goes through it.
//!
//! They use public API only, and know nothing of this program.

pub(crate) mod cache;
pub(crate) mod sql;
