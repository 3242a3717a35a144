//! Parses the command line.

use crate::sampling::Sampling;
use clap::{Args, Parser, Subcommand};
use reqwest::Url;
use std::net::SocketAddr;
use std::path::PathBuf;

/// An MCP server for an upstream API, whose customers share what telemetry keeps.
///
/// Traces are printed as trees if stderr is a terminal; OTEL_EXPORTER_OTLP_ENDPOINT sends them to a backend, and
/// OTEL_SDK_DISABLED=true disables telemetry.
#[derive(Debug, Parser)]
#[command(name = "tool-server", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Settings {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) server: ServerSettings,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the upstream API alone.
    Upstream(UpstreamSettings),
    /// Sends requests of three customers, of which one is noisy, to a running server.
    Load(LoadSettings),
    /// Lists all spans and metrics of functions, and does nothing else.
    Catalog,
}

#[derive(Debug, Args)]
pub(crate) struct ServerSettings {
    /// The address to listen on; port 0 stands for any free port.
    #[arg(long, env = "TOOL_SERVER_LISTEN", default_value = "127.0.0.1:3010")]
    pub(crate) listen: SocketAddr,
    /// The address on which operators change sampling, separate from the customers' port.
    #[arg(long, env = "TOOL_SERVER_ADMIN_LISTEN", default_value = "127.0.0.1:3012")]
    pub(crate) admin_listen: SocketAddr,
    /// Serves one client on stdin and stdout, and listens on no address.
    #[arg(long)]
    pub(crate) stdio: bool,
    /// The port of the metrics for Prometheus.
    #[arg(long, env = "TOOL_SERVER_METRICS_PORT", default_value_t = 9464)]
    pub(crate) metrics_port: u16,
    /// Which traces are kept, to begin with.
    #[arg(long, env = "TOOL_SERVER_SAMPLING", default_value = "development")]
    pub(crate) sampling: Sampling,
    /// The file of the database, which is created if it does not exist; by default, it is in memory.
    #[arg(long, env = "TOOL_SERVER_DATABASE")]
    pub(crate) database: Option<PathBuf>,
    /// The URL of a running upstream API; by default, the server runs a stub.
    #[arg(long, env = "TOOL_SERVER_UPSTREAM")]
    pub(crate) upstream: Option<Url>,
    /// Writes the spans of the last 30 seconds, kept or not, to this file when the server ends.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct UpstreamSettings {
    /// The address to listen on; port 0 stands for any free port.
    #[arg(long, default_value = "127.0.0.1:3011")]
    pub(crate) listen: SocketAddr,
    /// The time that most answers take, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 5)]
    pub(crate) latency: u64,
}

#[derive(Debug, Args)]
pub(crate) struct LoadSettings {
    /// The URL of the server.
    #[arg(long, default_value = "http://127.0.0.1:3010/mcp")]
    pub(crate) url: Url,
    /// The duration in seconds.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// The number of concurrent requests of the noisy customer; the others send one at a time.
    #[arg(long, default_value_t = 20)]
    pub(crate) noise: usize,
    /// Prints the number of requests and of failures as JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
