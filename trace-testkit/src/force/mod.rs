//! What goes wrong elsewhere, made to happen here: futures that are dropped half way, panics,
//! exporters that fail, a ring that is full, a collector that is held up.
//!
//! A test says what is to go wrong, and then looks at what its code, and its telemetry, make of it.

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
