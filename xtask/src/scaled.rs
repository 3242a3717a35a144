//! `cargo xtask threads`, `forks`, `fuzz` and `reload`: tests that CI runs in a small form, at full size and optimized,
//! with their figures.

use crate::{Outcome, cargo, root, succeed};

/// Begins 20,000 threads.
pub(crate) fn threads() -> Outcome {
    run("trace-runtime", "threads::", ("TRACE_RUNTIME_THREADS", "20000"))
}

/// Forks 1,000 children.
pub(crate) fn forks() -> Outcome {
    run("trace-runtime", "forks::", ("TRACE_RUNTIME_FORKS", "1000"))
}

/// Reads a million random configuration files of each kind.
pub(crate) fn fuzz() -> Outcome {
    run("trace-config", "fuzz::", ("CONFIG_CASES", "1000000"))
}

/// Changes a configuration file 1,000 times under load.
pub(crate) fn reload() -> Outcome {
    run_with(
        "trace-runtime",
        "config_versions::files_change_under_load",
        ("TRACE_RUNTIME_RELOADS", "1000"),
        &["--all-features"],
    )
}

fn run(package: &str, tests: &str, size: (&str, &str)) -> Outcome {
    run_with(package, tests, size, &[])
}

fn run_with(
    package: &str,
    tests: &str,
    (variable, size): (&str, &str),
    features: &[&str],
) -> Outcome {
    let arguments = ["test", "--release", "--quiet", "--package", package, "--test", "suite"];
    succeed(
        cargo()
            .args(arguments)
            .args(features)
            .args(["--", "--nocapture", tests])
            .current_dir(root())
            .env(variable, size),
    )
}
