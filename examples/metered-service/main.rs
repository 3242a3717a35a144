//! Measures a small shop for Prometheus: calls, errors, durations, objectives and revenue.
//!
//! ```text
//! cargo run -p trace-examples --bin metered-service [-- --catalog json|markdown]
//! ```
//!
//! It prints the addresses of the shop and the metrics, and runs until its input ends. Requests choose
//! how they fail (`server.rs`), so that their sender can predict the metrics; `cargo xtask prometheus`
//! compares them. The annotated functions are in `shop.rs`.
#![forbid(unsafe_code)]

mod server;
mod shop;

use std::env;
use std::error::Error;
use std::io;
use trace_runtime::Telemetry;
use trace_runtime::metrics::PrometheusSettings;

const USAGE: &str = "usage: metered-service [--catalog json|markdown]";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => serve(),
        ["--catalog", "json"] => {
            println!("{}", trace_runtime::catalog().to_json());
            Ok(())
        }
        ["--catalog", "markdown"] => {
            print!("{}", trace_runtime::catalog().to_markdown());
            Ok(())
        }
        _ => Err(USAGE.into()),
    }
}

#[tokio::main]
async fn serve() -> Result<(), Box<dyn Error>> {
    let default = |name: &str| (name == "OTEL_SERVICE_NAME").then(|| "metered-service".into());
    let telemetry = Telemetry::builder()
        .with_env(move |name| env::var_os(name).or_else(|| default(name)))
        .with_prometheus(PrometheusSettings::default().with_host("127.0.0.1").with_port(0))
        .install()?;
    let shop = server::start().await?;
    println!("shop: http://{shop}");
    if let Some(metrics) = telemetry.prometheus().and_then(|metrics| metrics.local_addr()) {
        println!("metrics: http://{metrics}/metrics");
    }
    // Its input ends with the process that started it, however that ends.
    tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
    Ok(())
}
