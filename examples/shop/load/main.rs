//! Simulates customers of the shop: a load generator that checks the answers.
//!
//! ```text
//! cargo run --release -p shop --bin load -- --rate 500 --duration 20s
//! ```
//!
//! | file | content |
//! |---|---|
//! | `mix.rs` | what customers do, and how often |
//! | `run.rs` | when it is sent, and over which connection |
//! | `client.rs` | a connection |
//! | `figures.rs`, `record.rs` | the figures at the end, and a record of each request |
#![forbid(unsafe_code)]

mod client;
mod figures;
mod mix;
mod options;
mod record;
mod run;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use options::Options;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

fn main() -> ExitCode {
    match load(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Exits with success if every request was answered as expected.
// One thread sends: it leaves the others to the service, which is what is measured.
#[tokio::main(flavor = "current_thread")]
async fn load(options: &Options) -> Result<bool, Box<dyn Error>> {
    let bar = ProgressBar::new(u64::try_from(options.duration.as_millis())?);
    bar.set_style(ProgressStyle::with_template("{wide_bar:.cyan/dim} {percent:>3} %  {msg}")?);
    let summary = run::run(options, &bar).await;
    bar.finish_and_clear();
    let summary = summary?;
    if let Some(path) = &options.json {
        fs::write(path, format!("{:#}\n", summary.to_json()))?;
    }
    anstream::print!("{summary}");
    Ok(summary.figures.are_good())
}
