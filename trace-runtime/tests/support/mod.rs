//! The parts that the tests of the pipeline share: spans, and separate processes.
#![allow(dead_code, reason = "some features use a part")]

#[cfg(feature = "config-file")]
pub(crate) mod counts;
#[cfg(feature = "config-file")]
pub(crate) mod files;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
pub(crate) mod programs;

use std::panic::Location;
use std::path::Path;
use std::process::Command;
use trace_runtime::trace;

/// Returns a command that runs this test of the calling file, and prints what it prints.
#[track_caller]
pub(crate) fn test_command(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &full_name(test, Location::caller()), "--nocapture"]);
    command
}

/// Returns the name of a test of this file as the harness lists it: `tests/sampling/thin.rs` is `sampling::thin`.
fn full_name(test: &str, file: &Location<'_>) -> String {
    let file = Path::new(file.file()).with_extension("");
    let parts = file.iter().map(|part| part.to_str().unwrap());
    let module = parts.skip_while(|part| *part != "tests").skip(1).filter(|part| *part != "mod");
    module.chain([test]).collect::<Vec<_>>().join("::")
}

/// Returns whether this process runs only this test of the calling file. If not, runs the test in such a
/// process, and checks the outcome: the pipeline is one per process, so tests that install it need not take
/// turns.
#[track_caller]
pub(crate) fn is_alone(test: &str) -> bool {
    const VARIABLE: &str = "TRACE_RUNTIME_TEST_ALONE";
    let name = full_name(test, Location::caller());
    if std::env::var_os(VARIABLE).is_some_and(|alone| *alone == *name) {
        return true;
    }
    let output = test_command(test).env(VARIABLE, name).output().unwrap();
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
