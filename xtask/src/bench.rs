//! Runs the overhead program, and writes its tables into the performance guide and its chart, with one
//! line, into the README; or runs the service program, and writes its tables into the guide.

use std::ffi::OsString;

use crate::{Outcome, cargo, markers, root};

const README: &str = "README.md";
const GUIDE: &str = "trace-runtime/docs/guide/performance.md";
const MARKER: &str = "bench";

/// Beside the program that draws it.
const CHART: &str = "benches/overhead.svg";

/// Where the guide has the tables of the service.
const SERVICE_MARKER: &str = "bench-service";

pub(crate) fn run(options: &[OsString]) -> Outcome {
    match options.split_first() {
        Some((program, options)) if program == "service" => service(options),
        _ => overhead(options),
    }
}

fn service(options: &[OsString]) -> Outcome {
    markers::check(GUIDE, SERVICE_MARKER)?;
    let program = ["--features", "service", "--bin", "service", "--", "--markdown"];
    markers::write(GUIDE, SERVICE_MARKER, &tables(&program, options)?)
}

/// Runs a program of the benches, and returns and prints the tables that it prints.
fn tables(program: &[&str], options: &[OsString]) -> Outcome<String> {
    let output = cargo()
        .current_dir(root())
        .args(["run", "--release", "--package", "trace-benches"])
        .args(program)
        .args(options)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the program ended with {}", output.status).into());
    }
    let tables = String::from_utf8(output.stdout)?;
    println!("{}", tables.trim_end());
    Ok(tables)
}

fn overhead(options: &[OsString]) -> Outcome {
    for page in [README, GUIDE] {
        markers::check(page, MARKER)?;
    }
    let tables = tables(&["--bin", "overhead", "--", "--markdown", "--svg", CHART], options)?;
    markers::write(GUIDE, MARKER, &tables)?;
    let claim = claim(&tables).unwrap_or_default();
    let chart = format!("![What one span adds to a plain call]({CHART})");
    markers::write(README, MARKER, &format!("{chart}\n\n{claim}"))
}

/// The row of a span without attributes, as a sentence; `None` where it was not measured.
fn claim(tables: &str) -> Option<String> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let lines: Vec<_> = tables.lines().filter(|line| line.starts_with('|')).map(cells).collect();
    let row = lines.iter().find(|cells| cells[0] == "child, no attributes")?;
    let header = lines.iter().find(|cells| cells[0] == "ns added to a plain call")?;
    let nanoseconds = |cell: &str| cell.split([' ', ',']).next().map(str::to_owned);
    let peers: Vec<_> = header
        .iter()
        .zip(row)
        .skip(2)
        .filter_map(|(name, cell)| Some(format!("{name}: {} ns", nanoseconds(cell)?)))
        .collect();
    let own = nanoseconds(row.get(1)?)?;
    Some(format!("A span adds **{own} ns** to a plain call ({}).", peers.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claim_is_the_row_of_a_plain_span() {
        let tables = "Floor.\n\n\
            | ns added to a plain call | trace-runtime | fastrace | sdk |\n\
            |---|---:|---:|---:|\n\
            | off | 0.5 | 8.5 | 100 |\n\
            | child, no attributes | 20.2 (1.2×), 0 lost | 89.6 (5.5×), 0 lost | 418 (25.5×), 0 lost |";
        let expected = "A span adds **20.2 ns** to a plain call (fastrace: 89.6 ns, sdk: 418 ns).";
        assert_eq!(claim(tables).as_deref(), Some(expected));
        assert_eq!(claim("nothing"), None);
    }
}
