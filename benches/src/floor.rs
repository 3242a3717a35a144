//! Measures the floor: the plain call, and the plain call between two reads of the cheapest
//! clock there is.

use std::hint::black_box;

use crate::candidate::{Burst, Candidate};
use crate::operation::{
    Operation, PendingTimes, Refused, Shape, body, failing_body, poll_to_end, timed,
};

/// The functions without instrumentation.
#[derive(Debug)]
pub struct Plain;

#[inline(never)]
fn call(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
fn error(id: u64, size: u64, tier: &str) -> Result<u64, Refused> {
    failing_body(id, size, tier)
}

async fn async_ready(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

async fn async_pending(id: u64, size: u64, tier: &str) -> u64 {
    PendingTimes(2).await;
    body(id, size, tier)
}

impl Candidate for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(Burst::unrecorded(match operation.shape() {
            Shape::Call => timed(calls, call),
            Shape::Error => timed(calls, error),
            Shape::AsyncReady => {
                timed(calls, |id, size, tier| poll_to_end(black_box(async_ready(id, size, tier))))
            }
            Shape::AsyncPending => {
                timed(calls, |id, size, tier| poll_to_end(black_box(async_pending(id, size, tier))))
            }
        }))
    }
}

/// The plain call between two clock reads: the floor of anything that takes a duration.
#[derive(Debug)]
pub struct Floor;

#[inline(never)]
fn clocked(id: u64, size: u64, tier: &str) -> u64 {
    let start = ticks();
    let result = body(id, size, tier);
    black_box((start, ticks()));
    result
}

impl Candidate for Floor {
    fn name(&self) -> &'static str {
        "floor"
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        (operation == Operation::Child).then(|| Burst::unrecorded(timed(calls, clocked)))
    }
}

/// One read of the processor's counter, unserialised: the cheapest clock.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn ticks() -> u64 {
    // SAFETY: the instruction reads a counter into registers and touches no memory; every x86-64
    // processor has it, and an operating system that forbids it to programs would stop the
    // standard library's clocks as well.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// One read of the standard library's monotonic clock, where there is no cheaper one.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn ticks() -> std::time::Instant {
    std::time::Instant::now()
}
