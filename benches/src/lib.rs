//! Measures spans and metrics: the clock floor, this workspace and its peers behind one set of
//! operations, so that every program here measures the same thing.
//!
//! - [`operation`]: the operations and the function bodies that all candidates share
//! - [`rich`]: the data of a realistic span
//! - [`lines`]: the log lines of candidates for logs
//! - [`candidate`]: what a candidate offers; [`floor`], [`ours`] and [`peers`] implement it
//! - [`candidates`]: the list of them
//! - [`round`]: bursts that a buffer holds, interleaved round-robin
//! - [`sustained`]: a paced load over seconds
//! - [`report`]: tables, the chart, and the figures asked for beside those measured
//! - [`export`]: exporters that count, the HTTP client and the sink of the export bench
//! - `service`: a whole service, instrumented by each peer, with the feature of that name
//! - [`child`]: servers in separate processes
//! - [`usage`]: processor time and memory of this process

pub mod candidate;
pub mod candidates;
pub mod child;
pub mod export;
pub mod floor;
pub mod lines;
pub mod operation;
pub mod ours;
pub mod peers;
pub mod report;
pub mod rich;
pub mod round;
#[cfg(feature = "service")]
pub mod service;
pub mod sustained;
pub mod usage;
