//! The health of telemetry: what works, what does not, and since when.
//!
//! [`Telemetry::health`](crate::Telemetry::health) returns it, and
//! [`HealthHandle`](crate::HealthHandle) for code that does not own the guard. The layers of trace-tower include a
//! service that answers requests with it.
//!
//! | state | of an exporter | of telemetry |
//! |---|---|---|
//! | healthy | its latest export succeeded, or there was none | everything else |
//! | degraded | its latest export failed, or its queue is filled to four fifths | an exporter is not healthy, something was lost since the last look or within the last minute, or the last file was refused |
//! | failing | all exports have failed for a minute, or it panicked repeatedly and is not called any more | all exporters of a signal are failing, or the pipeline has ended |
//!
//! Telemetry that was turned off on purpose, or killed, is healthy, and reported as `disabled`. An exporter that a reloaded
//! file puts in place of another is judged by its own exports.
//!
//! Items that sampling drops, by share or by budget, are not lost.
//
// | file | contents |
// |---|---|
// | `report.rs` | the health as data |
// | `judge.rs` | the rules |
// | `json.rs` | the report as JSON |
// | `watch.rs` | losses since the last look |

mod json;
mod judge;
mod report;
mod watch;

pub use report::{ConfigurationHealth, ExporterHealth, Health, HealthState};

pub(crate) use judge::{Inputs, judge};
pub(crate) use watch::LossWatch;
