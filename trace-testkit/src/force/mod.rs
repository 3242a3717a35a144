//! Forces failures that are rare in production: futures dropped half way, panics, failing exporters,
//! a full ring, a stalled collector.
//!
//! A test forces a failure, and then checks how its code and its telemetry handle it.

mod collector;
mod exporter;
mod panics;
mod polls;
mod ring;

pub use collector::{HeldCollectorGuard, hold_collector};
pub use exporter::{Fault, FaultyExporter, FaultyExporterHandle};
pub use panics::{Panicked, panic_in, panic_in_future};
pub use polls::{DropAtPoll, Dropped, PendingTimes, drop_at_poll, pending_times, poll_and_drop};
pub use ring::{FullRingGuard, fill_ring, flood};
