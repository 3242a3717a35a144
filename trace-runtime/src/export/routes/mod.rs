//! Sends the telemetry of tenants to their own receivers.
//!
//! | file | contents |
//! |---|---|
//! | `settings.rs` | the routes that a program sets |
//! | `queues.rs` | the queues of all exporters of a signal: those of routes, and those of the rest |

mod queues;
mod settings;

#[cfg(feature = "logs")]
pub(crate) use queues::QueuesFlush;
pub(crate) use queues::{Queues, RouteExporters};
pub use settings::TenantRoutes;
