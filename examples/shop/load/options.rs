//! Parses the command line.

use clap::Parser;
use std::path::PathBuf;
use std::time::Duration;

/// Sends customers' requests to the shop, and reports the results.
///
/// At a fixed rate (open loop) requests are due at fixed times, independent of earlier ones;
/// latency counts from when a request was due, so that a service which stalls cannot hide it. With
/// --saturate (closed loop) each connection sends its next request when it has an answer.
#[derive(Clone, Debug, Parser)]
#[command(name = "load", version)]
pub(crate) struct Options {
    /// The URL of the shop.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub(crate) url: String,
    /// Requests per second.
    #[arg(long, default_value_t = 200.0, value_parser = positive)]
    pub(crate) rate: f64,
    /// The duration, such as 20s or 500ms.
    #[arg(long, default_value = "20s", value_parser = duration)]
    pub(crate) duration: Duration,
    /// The number of concurrent requests.
    #[arg(long, default_value_t = 16)]
    pub(crate) connections: usize,
    /// Sends as fast as the shop answers, instead of at a rate.
    #[arg(long, conflicts_with = "rate")]
    pub(crate) saturate: bool,
    /// The customers are customer-1 to customer-N.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) users: u32,
    /// The seed of the random requests: the same seed sends the same ones.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Writes a line of JSON for each request into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Writes the figures as JSON into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("a rate is a number above 0".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) =
        text.split_at(text.find(|it: char| it.is_alphabetic()).unwrap_or(text.len()));
    let seconds = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" => 60.0,
        _ => return Err("a duration is a number with ms, s or m".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| format!("{number:?} is not a number"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}
