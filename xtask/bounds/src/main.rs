//! Makes telemetry grow in one of the ways in which a program may do that, and prints how much memory
//! that took beside the bound that the documentation states.
//!
//! The command `cargo xtask bounds` runs each in a separate process.

mod cases;
mod memory;

use cases::CASES;
use memory::mebibytes;
use std::process::ExitCode;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    if name == "list" {
        CASES.iter().for_each(|case| println!("{}", case.name));
        return ExitCode::SUCCESS;
    }
    let Some(case) = CASES.iter().find(|case| case.name == name) else {
        eprintln!("no case `{name}`; `list` names them");
        return ExitCode::FAILURE;
    };
    let took = (case.run)();
    // What xtask reads: name, what happened, peak, bound, what is wrong.
    println!(
        "{}\t{}\t{}\t{}\t{}",
        case.what,
        took.counted,
        mebibytes(took.peak),
        mebibytes(took.bound),
        took.fault.unwrap_or_default()
    );
    ExitCode::SUCCESS
}
