//! Metrics: from the meter provider to those who read it.
//!
//! It knows the provider and its readers; it does not know who measures.

mod link;
mod meters;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(feature = "prometheus")]
mod source;

#[cfg(feature = "prometheus")]
pub use prometheus::{Prometheus, PrometheusSettings, Scrape, ScrapeError};

pub(crate) use link::Link;
pub(crate) use meters::Meters;
#[cfg(feature = "prometheus")]
pub(crate) use prometheus::start as start_prometheus;
