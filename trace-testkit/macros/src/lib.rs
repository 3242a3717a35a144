//! The macros of `trace-testkit`. Depend on that crate: it re-exports them.
#![forbid(unsafe_code)]
