//! The collector thread: reads all rings, puts spans together, hands them on.

pub(crate) mod loss;

pub use loss::{DropReason, Drops, ExporterReport, LossReport};
