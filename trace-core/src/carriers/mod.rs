//! Carriers of contexts: futures, streams, sinks, closures and messages in which a context travels.

#[cfg(feature = "enabled")]
pub mod carried;
mod closure;
#[cfg(feature = "enabled")]
pub(crate) mod future;
#[cfg(feature = "enabled")]
pub(crate) mod scoped;
mod traced;

pub use traced::Traced;
