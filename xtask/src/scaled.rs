//! `cargo xtask threads` and `cargo xtask forks`: tests that CI runs in a small form, at full size and
//! optimized, with their figures.

use crate::{Outcome, cargo, root, succeed};

/// Begins 20,000 threads.
pub(crate) fn threads() -> Outcome {
    run("threads", ("TRACE_RUNTIME_THREADS", "20000"))
}

/// Forks 1,000 children.
pub(crate) fn forks() -> Outcome {
    run("forks", ("TRACE_RUNTIME_FORKS", "1000"))
}

fn run(test: &str, (variable, size): (&str, &str)) -> Outcome {
    let arguments = ["test", "--release", "--quiet", "--package", "trace-runtime", "--test", test];
    succeed(
        cargo().args(arguments).args(["--", "--nocapture"]).current_dir(root()).env(variable, size),
    )
}
