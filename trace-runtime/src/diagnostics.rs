//! Prints the runtime's own messages on stderr.
//!
//! Nothing here can fail, panic or hold the program up: a stderr that is closed must not harm it, and
//! neither must one that is a pipe without a reader. Lines are written on a thread, for
//! which a message waits for a moment, so that it usually stands where it belongs between what the
//! program prints itself.

use crate::escape;
use crate::recorder::fork;
use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A message is waited for this long, unless one before it is stuck already.
const PATIENCE: Duration = Duration::from_millis(200);
/// What may wait to be written, in bytes; what comes then is dropped and counted.
const MAX_WAITING: usize = 64 * 1024;
/// How many messages are remembered.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
const MAX_REMEMBERED: usize = 64;

static WRITER: LineWriter = LineWriter { state: Mutex::new(Lines::new()), changed: Condvar::new() };

struct LineWriter {
    state: Mutex<Lines>,
    changed: Condvar,
}

struct Lines {
    waiting: VecDeque<String>,
    waiting_bytes: usize,
    dropped: u64,
    /// The number of the last line that was taken in, and of the last that was written.
    taken: u64,
    written: u64,
    /// The process in which the thread runs: after a fork, the child has none.
    process: Option<u32>,
    /// One was waited for in vain, and nothing was written since.
    is_stuck: bool,
}

/// Longer messages are cut, in characters. What they quote is cut before, where it is quoted.
const MAX_CHARS: usize = 8_192;

/// Whether notices are printed.
static IS_PERMITTED: AtomicBool = AtomicBool::new(true);

/// Lets notices be printed or not, from now on.
pub(crate) fn permit(is_permitted: bool) {
    IS_PERMITTED.store(is_permitted, Ordering::Relaxed);
}

/// Prints one line, marked as the runtime's own, escaped and cut. Returns within a moment, whatever stderr is.
pub(crate) fn warn(message: impl fmt::Display) {
    if !IS_PERMITTED.load(Ordering::Relaxed) {
        return;
    }
    WRITER.write(format!("trace-runtime: {}\n", escape::line(message).cut(MAX_CHARS)));
}

/// Prints the line that reports at start-up what was set up. Its parts are escaped already.
pub(crate) fn announce(line: impl fmt::Display) {
    WRITER.write(format!("telemetry: {line}\n"));
}

/// Has forks wait until no other thread is in here.
pub(crate) fn keep_over_forks() {
    fork::keep(&WRITER.state, fork::unchanged);
    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    fork::keep(&SAID, fork::unchanged);
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The same, unless it was printed before in this process.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) fn warn_once(message: String) {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.contains(&message) || said.len() >= MAX_REMEMBERED {
        return;
    }
    said.push(message.clone());
    drop(said);
    warn(message);
}

impl Lines {
    const fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            dropped: 0,
            taken: 0,
            written: 0,
            process: None,
            is_stuck: false,
        }
    }
}

impl LineWriter {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&'static self, line: String) {
        let mut state = self.lock();
        let process = std::process::id();
        if state.process != Some(process) {
            // What waited at a fork is the parent's.
            *state = Lines::new();
            let thread = std::thread::Builder::new().name("trace-notices".to_owned());
            if thread.spawn(move || self.run(process)).is_err() {
                return;
            }
            state.process = Some(process);
        }
        if state.waiting_bytes + line.len() > MAX_WAITING {
            state.dropped += 1;
            return;
        }
        state.waiting_bytes += line.len();
        state.waiting.push_back(line);
        state.taken += 1;
        let mine = state.taken;
        self.changed.notify_all();
        let begin = Instant::now();
        while state.written < mine && !state.is_stuck {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            if left.is_zero() {
                state.is_stuck = true;
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn run(&self, process: u32) {
        crate::recorder::suppress_this_thread();
        let mut state = self.lock();
        while state.process == Some(process) {
            let Some(mut line) = state.waiting.pop_front() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.waiting_bytes -= line.len();
            let dropped = std::mem::take(&mut state.dropped);
            drop(state);
            if dropped > 0 {
                line.insert_str(0, &format!("trace-runtime: {dropped} notices were dropped\n"));
            }
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
            state = self.lock();
            state.written += 1;
            state.is_stuck = false;
            self.changed.notify_all();
        }
    }
}
