//! The resource: the attributes that describe the program in everything it exports.
//!
//! [`Detector`] lists what is detected. A program adds detectors with
//! [`with_otel_resource_detector`](crate::TelemetryBuilder::with_otel_resource_detector), and attributes with
//! [`with_resource`](crate::TelemetryBuilder::with_resource).
//
// | file | contents |
// |---|---|
// | `table.rs` | the detectors, by name |
// | `detectors/` | one detector per file |
// | `system.rs` | the files and variables that they read |
// | `detection.rs` | the thread on which they run, and its deadline |
// | `filter.rs` | which of the detected attributes are kept |
// | `merge.rs` | the precedence of all sources of attributes |

mod detection;
mod detectors;
mod filter;
mod merge;
mod system;
mod table;
#[cfg(test)]
mod testing;

pub use opentelemetry_sdk::Resource;
pub use opentelemetry_sdk::resource::ResourceDetector;
pub use table::Detector;

pub(crate) use detection::{Detection, OwnDetector};
pub(crate) use detectors::keep_over_forks;
pub(crate) use filter::NameFilter;
pub(crate) use merge::{Sources, merge, service_name};
