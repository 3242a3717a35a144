//! Sends the telemetry of tenants to their own receivers.
//!
//! | file | contents |
//! |---|---|
//! | `settings.rs` | the routes that a program sets |
//! | `exporters.rs` | the exporters of a signal that tenants have |
//! | `opened.rs` | opening the route of a tenant that is seen for the first time |
//! | `queues.rs` | the queues of all exporters of a signal: those of routes, and those of the rest |

mod exporters;
mod opened;
mod queues;
mod settings;

pub(crate) use exporters::RouteExporters;
pub(crate) use queues::Queues;
#[cfg(feature = "logs")]
pub(crate) use queues::QueuesFlush;
pub use settings::TenantRoutes;
