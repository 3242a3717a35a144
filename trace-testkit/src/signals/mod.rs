//! Collects the metrics and logs of captures.
//!
//! Each capture has a meter provider and a logger provider of the OpenTelemetry SDK, created on
//! first use. Other providers are read through a [`MeterReader`] and a
//! [`LogCollector`]. Code that uses `opentelemetry::global` reaches the capture in which it runs
//! through the [`RoutedMeterProvider`], which the first capture installs; what is emitted through the
//! runtime's logger providers reaches it too.
//!
//! Other sources of metrics and logs are added by [`Signals::add_metrics`] and
//! [`Signals::add_log`], which [`Capture`](crate::Capture) makes public.

#[cfg(any(feature = "metrics", feature = "logs"))]
mod convert;
#[cfg(any(feature = "metrics", feature = "logs"))]
mod here;
#[cfg(any(feature = "metrics", feature = "logs"))]
mod install;
#[cfg(feature = "logs")]
mod loggers;
#[cfg(feature = "metrics")]
mod meters;
#[cfg(feature = "metrics")]
mod routed;
#[cfg(feature = "logs")]
mod sdk_logs;
#[cfg(feature = "metrics")]
mod sdk_metrics;
mod store;

#[cfg(any(feature = "metrics", feature = "logs"))]
pub(crate) use here::AsStray;
#[cfg(any(feature = "metrics", feature = "logs"))]
pub(crate) use install::install;
#[cfg(feature = "logs")]
pub use loggers::LogCollector;
#[cfg(feature = "metrics")]
pub use meters::MeterReader;
#[cfg(feature = "metrics")]
pub use routed::RoutedMeterProvider;
pub(crate) use store::Signals;
