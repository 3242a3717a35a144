//! Encodes telemetry as the JSON of OTLP messages
//! ([encoding](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding)): ids in hexadecimal, 64-bit integers
//! as text, enumerations as numbers, defaults left out.
//!
//! | file | contents |
//! |---|---|
//! | `spans.rs`, `logs.rs`, `metrics.rs` | the message of each signal |
//! | `attributes.rs` | resources, scopes and attributes, which all of them have |
//! | `members.rs` | the members of an object, and lists of which a part is written |
//!
//! A message contains the items that fit into its [`Room`](crate::export::room::Room), so that lines and requests are
//! bounded.

mod attributes;
#[cfg(feature = "logs")]
mod logs;
mod members;
#[cfg(feature = "metrics")]
mod metrics;
mod spans;

#[cfg(feature = "logs")]
pub(in crate::export) use logs::logs;
#[cfg(feature = "metrics")]
pub(in crate::export) use metrics::metrics;
pub(in crate::export) use spans::traces;
