//! The parts of random programs: a generator of numbers, and tasks that are polled by hand.

use futures_util::task::noop_waker;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A generator of numbers (xorshift): a seed determines the whole program.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let Self(random) = self;
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        (*random >> 33) as usize % limit
    }
}

/// A task of a program.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Polls a task once.
pub(crate) fn poll(task: &mut Task) -> Poll<()> {
    task.as_mut().poll(&mut Context::from_waker(&noop_waker()))
}

/// Is pending once.
pub(crate) async fn yield_once() {
    let mut yielded = false;
    poll_fn(
        move |_| {
            if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
        },
    )
    .await;
}
