//! The peers, each in its fastest sensible idiomatic configuration.

pub mod autometrics;
pub mod fastrace;
pub mod metrics_rs;
pub mod official_logs;
pub mod otel_metrics;
pub mod otel_sdk;
pub mod oxtel;
pub mod tracing_otel;
