//! Runs async tests for `#[trace_testkit::test]`, on a runtime whose threads belong to their capture.

use super::{Capture, CaptureHandle, home};
use std::future::Future;

/// Options of the capture and of the runtime that a test runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Runtime {
    /// Whether ids and clock are real.
    pub live: bool,
    /// Whether the runtime has worker threads; otherwise it runs on the test's thread.
    pub multi_thread: bool,
    /// The number of worker threads.
    pub worker_threads: Option<usize>,
    /// Whether tokio's time starts paused.
    pub start_paused: bool,
}

/// Runs an async test.
#[track_caller]
pub fn run<F: Future>(runtime: Runtime, test: impl FnOnce(Capture) -> F) -> F::Output {
    let builder = Capture::builder();
    let builder = if runtime.live { builder.live() } else { builder };
    let capture = builder.start_elsewhere();
    let handle = capture.handle();
    let runtime = runtime.build(&handle);
    // If tasks run on this thread, those without a context belong to this test too.
    let _home = AtHome::new(handle.number());
    let test = handle.on_ground(async move { test(capture).await });
    drop(handle);
    runtime.block_on(test)
}

impl Runtime {
    fn build(self, capture: &CaptureHandle) -> tokio::runtime::Runtime {
        let mut builder = match self.multi_thread {
            true => tokio::runtime::Builder::new_multi_thread(),
            false => tokio::runtime::Builder::new_current_thread(),
        };
        if let Some(count) = self.worker_threads {
            builder.worker_threads(count);
        }
        let number = capture.number();
        builder.enable_all().start_paused(self.start_paused).on_thread_start(move || {
            home::set_home(number);
        });
        builder.build().unwrap_or_else(|error| panic!("the test's runtime did not start: {error}"))
    }
}

/// A guard that assigns the calling thread to a capture until it is dropped.
struct AtHome {
    before: u32,
}

impl AtHome {
    fn new(number: u32) -> Self {
        Self { before: home::set_home(number) }
    }
}

impl Drop for AtHome {
    fn drop(&mut self) {
        home::set_home(self.before);
    }
}
