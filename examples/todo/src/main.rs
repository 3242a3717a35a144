//! A to-do list on the command line, with telemetry that is complete, and silent until it is asked for.
//!
//! ```text
//! cargo run -p todo -- --trace add "Buy milk"
//! ```
//!
//! The README beside this folder explains what to look at. Start reading the code with `commands.rs`.
#![forbid(unsafe_code)]
// What only attributes use is unused without them.
#![cfg_attr(not(feature = "telemetry"), allow(dead_code, unused_variables))]

mod ai;
mod background;
mod cli;
mod commands;
mod database;
mod display;
mod error;
mod settings;
mod stub;
mod suggestion;
#[cfg(feature = "telemetry")]
mod telemetry;

use clap::Parser;
use cli::Cli;
use error::Error;
use settings::Settings;
use std::process::ExitCode;
use trace_runtime::Baggage;

/// One thread serves a command: it waits for the database and for a provider.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("todo: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Error> {
    let settings = Settings::read(cli.config.as_deref())?;
    // Dropped at the end, the guard sends what is left, if anything is to be sent.
    #[cfg(feature = "telemetry")]
    let _telemetry = telemetry::start(&settings, &cli.telemetry)?;
    let _parent = background::parent();
    let _baggage = Baggage::current()
        .with_entry("operation", cli.command.name().as_str())
        .with_entry("session.id", settings::session())
        .attach();
    match background::task() {
        Some(id) => commands::run_in_background(id, &cli).await,
        None => commands::run(cli.command.name(), &cli).await,
    }
}
