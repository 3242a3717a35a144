//! Tests metrics and logs of captures, through the providers of the OpenTelemetry SDK.

#[cfg(feature = "logs")]
mod logs;
mod measured;
#[cfg(feature = "metrics")]
mod metrics;
