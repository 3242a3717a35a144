//! The attributes of `trace-runtime`. Depend on that crate: it re-exports them.
