//! Runs the overhead program and puts its tables and its chart where the README shows them.

use std::ffi::OsString;
use std::fs;

use crate::{Outcome, cargo, root};

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// Beside the program that draws it.
const CHART: &str = "benches/overhead.svg";

pub(crate) fn run(options: &[OsString]) -> Outcome {
    let readme = root().join("README.md");
    let text = fs::read_to_string(&readme)?;
    let Some((before, after)) = outside_markers(&text) else {
        return Err(format!("README.md has no `{BEGIN}` followed by `{END}`").into());
    };
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
    fs::write(&readme, format!("{before}{BEGIN}\n\n{image}\n\n{tables}\n\n{END}{after}"))?;
    Ok(())
}

fn outside_markers(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb");
        assert_eq!(outside_markers(&text), Some(("a\n", "\nb")));
        assert_eq!(outside_markers("no markers"), None);
    }
}
