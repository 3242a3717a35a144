//! Metrics and logs of captures, through the providers of the OpenTelemetry SDK.

#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metrics;
