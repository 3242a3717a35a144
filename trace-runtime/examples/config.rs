//! Checks configuration files, and turns the environment into one.
//!
//! ```text
//! cargo run -p trace-runtime --example config --features config-file -- check otel.yaml
//! cargo run -p trace-runtime --example config --features config-file -- from-env > otel.yaml
//! ```

use std::process::ExitCode;
use trace_runtime::config_file;

const USAGE: &str = "usage: config check FILE | config from-env";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let printed = match arguments[..] {
        ["check", file] => {
            config_file::check(file).map(|checked| (checked.in_force, checked.warnings))
        }
        ["from-env"] => {
            config_file::from_environment().map(|converted| (converted.yaml, converted.notes))
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match printed {
        Ok((text, notes)) => {
            notes.iter().for_each(|note| eprintln!("{note}"));
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
