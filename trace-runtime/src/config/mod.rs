//! From the environment and the builder to a running pipeline.

#[cfg(feature = "metrics")]
mod baggage_labels;
mod builder;
pub(crate) mod endpoint;
mod env;
mod error;
mod limits;
#[cfg(feature = "logs")]
mod log_env;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metric_env;
#[cfg(feature = "metrics")]
mod metrics;
mod reader;
mod resource;
pub(crate) mod secrets;

pub use builder::Builder;
pub use error::InitError;
pub use limits::Limits;
