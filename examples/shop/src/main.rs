//! A shop: a service with a database, a cache, jobs, and a second service, with complete telemetry.
//!
//! ```text
//! cargo run --release -p shop
//! ```
//!
//! The README beside this folder explains how to run it and what to look at. Start reading the code
//! with `routes.rs`.
#![forbid(unsafe_code)]

mod auth;
mod cache;
mod catalogue;
mod database;
mod error;
mod jobs;
mod orders;
mod outside;
mod password;
mod routes;
mod server;
mod service;
mod settings;
mod telemetry;
mod throttle;
mod warehouse;

use clap::Parser;
use settings::{CatalogFormat, Command, Settings};
use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shop: {error}");
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
    // Dropped at the end, the guard sends what is left, and reports losses.
    match settings.command {
        None => {
            let telemetry = telemetry::start(service::SHOP)?;
            service::run_shop(&settings.shop, &telemetry).await
        }
        Some(Command::Warehouse(warehouse)) => {
            let telemetry = telemetry::start(service::WAREHOUSE)?;
            service::run_warehouse(&warehouse, &telemetry).await
        }
        Some(Command::Catalog { format }) => {
            let catalog = trace_runtime::catalog();
            match format {
                CatalogFormat::Json => println!("{}", catalog.to_json()),
                CatalogFormat::Markdown => print!("{}", catalog.to_markdown()),
            }
            Ok(())
        }
    }
}
