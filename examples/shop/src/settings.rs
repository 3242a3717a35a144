//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use reqwest::Url;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A shop with a database, a cache, jobs and a warehouse, told whole by its telemetry.
///
/// A new database has the users `customer-1` to `customer-N` with the passwords `secret-1` to
/// `secret-N`, and `admin` with `secret-admin`. Logs go to stdout as JSON. Traces are printed as
/// trees where stderr is a terminal; OTEL_EXPORTER_OTLP_ENDPOINT sends them to a backend, and
/// OTEL_TRACES_EXPORTER=none to nobody. RUST_LOG says what is logged.
#[derive(Debug, Parser)]
#[command(name = "shop", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Settings {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) shop: ShopSettings,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the warehouse alone.
    Warehouse(WarehouseSettings),
    /// Lists all spans and metrics, and does nothing else.
    Catalog {
        /// In which format.
        #[arg(long, default_value = "markdown")]
        format: CatalogFormat,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CatalogFormat {
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct ShopSettings {
    /// Where to listen; port 0 is any that is free.
    #[arg(long, env = "SHOP_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,
    /// The file of the database; it is made and filled if it is not there. By default it is in the
    /// system's folder for temporary files.
    #[arg(long, env = "SHOP_DATABASE")]
    pub(crate) database: Option<PathBuf>,
    /// A warehouse that runs already; without it, the shop starts one of its own.
    #[arg(long, env = "SHOP_WAREHOUSE")]
    pub(crate) warehouse: Option<Url>,
    /// How many workers do jobs.
    #[arg(long, default_value_t = 4)]
    pub(crate) workers: usize,
    /// How many customers a new database has.
    #[arg(long, default_value_t = 50)]
    pub(crate) users: u32,
    /// How long customers may cancel an order before it is packed, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 200)]
    pub(crate) grace: u64,
    /// How often shipped orders are digested, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 2_000)]
    pub(crate) digest_every: u64,
}

#[derive(Debug, Args)]
pub(crate) struct WarehouseSettings {
    /// Where to listen; port 0 is any that is free.
    #[arg(long, env = "WAREHOUSE_LISTEN", default_value = "127.0.0.1:3001")]
    pub(crate) listen: SocketAddr,
    /// Where the shop waits that has started it.
    #[arg(long, hide = true)]
    pub(crate) lifeline: Option<SocketAddr>,
}

impl ShopSettings {
    /// The file of the database.
    pub(crate) fn database(&self) -> PathBuf {
        let default = || std::env::temp_dir().join("trace-shop").join("shop.db");
        self.database.clone().unwrap_or_else(default)
    }
}
