//! What goes wrong elsewhere, made to happen here: futures that are dropped half way, panics,
//! exporters that fail, a ring that is full.
//!
//! A test says what is to go wrong, and then looks at what its code, and its telemetry, make of it.

mod exporter;
mod panics;
mod polls;
mod ring;

pub use exporter::{Fault, FaultyExporter, FaultyExporterHandle};
pub use panics::{Panicked, panic_in, panic_in_future};
pub use polls::{DropAtPoll, Dropped, PendingTimes, drop_at_poll, pending_times, poll_and_drop};
pub use ring::{FullRing, fill_ring, flood};
