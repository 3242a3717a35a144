//! Prints the spans of files as trees: those of snapshots, and any other OTLP file in JSON.
//!
//! `cargo run -p trace-runtime --features json --example show FILE…`

use std::env;
use std::error::Error;
use std::io;
use std::process::ExitCode;
use trace_runtime::export::{ConsoleExporter, Snapshot};

fn main() -> ExitCode {
    let paths: Vec<_> = env::args_os().skip(1).collect();
    if paths.is_empty() {
        eprintln!("usage: show FILE…");
        return ExitCode::from(2);
    }
    for path in paths {
        if let Err(error) = show(&path) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn show(path: &std::ffi::OsStr) -> Result<(), Box<dyn Error>> {
    for snapshot in Snapshot::read(path)? {
        let console = ConsoleExporter::builder().with_writer(io::stdout()).build();
        snapshot.export_to(console)?;
    }
    Ok(())
}
