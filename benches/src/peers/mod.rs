//! The peers, each in its fastest sensible idiomatic configuration.

pub mod fastrace;
pub mod otel_sdk;
pub mod tracing_otel;
