//! What `#[trace_testkit::test]` expands to: a runtime whose threads know whose they are.

use super::{Capture, CaptureHandle, home};
use std::future::Future;

/// Which capture and which runtime a test runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Runtime {
    /// Ids and clock are real.
    pub live: bool,
    /// Of threads of its own; else of the test's thread.
    pub multi_thread: bool,
    /// How many.
    pub worker_threads: Option<usize>,
    /// Time stands still until it is moved.
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
    // Where tasks run on this thread, those without a context are this test's too.
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

/// While it lives, the calling thread belongs to a capture.
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
