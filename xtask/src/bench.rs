//! Runs the overhead program and puts its tables and its chart where the README shows them.

use std::ffi::OsString;

use crate::{Outcome, cargo, markers, root};

const README: &str = "README.md";

/// Beside the program that draws it.
const CHART: &str = "benches/overhead.svg";

pub(crate) fn run(options: &[OsString]) -> Outcome {
    markers::check(README, "bench")?;
    let output = cargo()
        .current_dir(root())
        .args(["run", "--release", "--package", "trace-benches", "--bin", "overhead", "--"])
        .args(["--markdown", "--svg", CHART])
        .args(options)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the overhead program ended with {}", output.status).into());
    }
    let tables = String::from_utf8(output.stdout)?;
    let tables = tables.trim_end();
    println!("{tables}");
    let image = format!("![What one span adds to a plain call]({CHART})");
    markers::write(README, "bench", &format!("{image}\n\n{tables}"))
}
