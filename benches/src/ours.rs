//! This workspace's own attribute and runtime, with their defaults.

use crate::candidate::{Burst, Candidate};
use crate::operation::Operation;

/// `#[trace_runtime::trace]`.
#[derive(Debug)]
pub struct Ours;

impl Candidate for Ours {
    fn name(&self) -> &'static str {
        "trace-runtime"
    }

    fn burst(&self, _: Operation, _: u32) -> Option<Burst> {
        None
    }
}
