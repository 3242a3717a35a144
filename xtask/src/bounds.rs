//! Measures the memory of telemetry where a program makes it grow, beside the stated bounds.

use std::process::Command;

use crate::{Outcome, cargo, succeed, table, target};

pub(crate) fn run() -> Outcome {
    succeed(cargo().args(["build", "--quiet", "--release", "--package", "trace-bounds"]))?;
    let program = target("release").join("trace-bounds");
    let cases = text(Command::new(&program).arg("list"))?;
    let mut table = table(&["case", "counted", "peak, MiB", "bound, MiB"]);
    let mut faults = Vec::new();
    for case in cases.lines() {
        let line = text(Command::new(&program).arg(case))?;
        let fields: Vec<_> = line.trim_end_matches('\n').split('\t').collect();
        let [what, counted, peak, bound, fault] = fields[..] else {
            return Err(format!("`trace-bounds {case}` printed {line:?}").into());
        };
        table.add_row([what, counted, peak, bound]);
        if !fault.is_empty() {
            faults.push(format!("{what}: {fault}"));
        }
        if peak.parse::<f64>()? > bound.parse::<f64>()? {
            faults.push(format!("{what}: {peak} MiB are more than {bound}"));
        }
    }
    println!("{table}");
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn text(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}: {stderr}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
