//! The parts that the tests of the pipeline share: spans, and separate processes.
#![allow(dead_code, reason = "each test binary uses a part")]

#[cfg(feature = "config-file")]
pub(crate) mod counts;
#[cfg(feature = "config-file")]
pub(crate) mod files;

use std::process::Command;
use trace_runtime::trace;

/// Returns whether this process runs only this test. If not, runs the test in such a process, and checks
/// the outcome: the pipeline is one per process, so tests that install it need not take turns.
#[track_caller]
pub(crate) fn is_alone(test: &str) -> bool {
    const VARIABLE: &str = "TRACE_RUNTIME_TEST_ALONE";
    if std::env::var_os(VARIABLE).is_some_and(|alone| alone == test) {
        return true;
    }
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(VARIABLE, test)
        .output()
        .unwrap();
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
    false
}

/// Records `children` spans within one.
pub(crate) fn record(children: usize) {
    outer(children);
}

#[trace]
fn outer(children: usize) {
    for _ in 0..children {
        inner();
    }
}

#[trace]
fn inner() {}
