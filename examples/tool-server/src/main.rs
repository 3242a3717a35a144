//! An MCP server whose tools call an upstream API, with a cache, a database, and three customers.
//!
//! ```text
//! cargo run --release -p tool-server
//! ```
//!
//! The README beside this folder explains how to run it and what to look at. Start reading the code with `tools.rs`.
#![forbid(unsafe_code)]

mod admin;
mod api;
mod database;
mod load;
mod operations;
mod plugins;
mod sampling;
mod server;
mod settings;
mod telemetry;
mod tenants;
mod tools;
mod upstream;

#[cfg(test)]
mod tests;

use clap::Parser;
use settings::{Command, Settings};
use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tool-server: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    match settings.command {
        None => server::run(settings.server).await,
        Some(Command::Upstream(settings)) => server::run_upstream(settings).await,
        Some(Command::Load(settings)) => load::run(settings).await,
        Some(Command::Catalog) => {
            print!("{}", trace_runtime::catalog().to_markdown());
            Ok(())
        }
    }
}
