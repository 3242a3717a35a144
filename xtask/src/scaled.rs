//! `cargo xtask threads`, `forks` and `fuzz`: tests that CI runs in a small form, at full size and optimized,
//! with their figures.

use crate::{Outcome, cargo, root, succeed};

/// Begins 20,000 threads.
pub(crate) fn threads() -> Outcome {
    run("trace-runtime", "threads", ("TRACE_RUNTIME_THREADS", "20000"))
}

/// Forks 1,000 children.
pub(crate) fn forks() -> Outcome {
    run("trace-runtime", "forks", ("TRACE_RUNTIME_FORKS", "1000"))
}

/// Reads a million random configuration files of each kind.
pub(crate) fn fuzz() -> Outcome {
    run("trace-config", "fuzz", ("CONFIG_CASES", "1000000"))
}

fn run(package: &str, test: &str, (variable, size): (&str, &str)) -> Outcome {
    let arguments = ["test", "--release", "--quiet", "--package", package, "--test", test];
    succeed(
        cargo().args(arguments).args(["--", "--nocapture"]).current_dir(root()).env(variable, size),
    )
}
