//! Parses the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use reqwest::Url;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A shop with a database, a cache, jobs and a warehouse, with complete telemetry.
///
/// A new database has the users `customer-1` to `customer-N` with the passwords `secret-1` to
/// `secret-N`, and `admin` with `secret-admin`. Logs go to stdout as JSON. Traces are printed as
/// trees if stderr is a terminal; OTEL_EXPORTER_OTLP_ENDPOINT sends them to a backend, and
/// OTEL_TRACES_EXPORTER=none disables them. RUST_LOG filters the logs.
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
        /// The format.
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
    /// The address to listen on; port 0 stands for any free port.
    #[arg(long, env = "SHOP_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,
    /// The address to serve metrics on, separate from the customers' port.
    #[arg(
        long,
        env = "SHOP_METRICS_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9464"
    )]
    pub(crate) metrics_listen: SocketAddr,
    /// The file of the database, which is created and filled if it does not exist. By default it is in
    /// a private folder: trace-shop in $XDG_STATE_HOME, or in ~/.local/state.
    #[arg(long, env = "SHOP_DATABASE")]
    pub(crate) database: Option<PathBuf>,
    /// The URL of a running warehouse; by default, the shop starts one.
    #[arg(long, env = "SHOP_WAREHOUSE")]
    pub(crate) warehouse: Option<Url>,
    /// The number of workers for jobs.
    #[arg(long, default_value_t = 4)]
    pub(crate) workers: usize,
    /// The number of customers in a new database.
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
    /// The address to listen on; port 0 stands for any free port.
    #[arg(long, env = "WAREHOUSE_LISTEN", default_value = "127.0.0.1:3001")]
    pub(crate) listen: SocketAddr,
    /// The address to serve metrics on, separate from the shop's port.
    #[arg(
        long,
        env = "WAREHOUSE_METRICS_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9465"
    )]
    pub(crate) metrics_listen: SocketAddr,
    /// The address of the shop that started it.
    #[arg(long, hide = true)]
    pub(crate) lifeline: Option<SocketAddr>,
}

impl ShopSettings {
    /// Returns the file of the database, and creates its folder. The default folder has mode 0700.
    pub(crate) fn database(&self) -> io::Result<PathBuf> {
        if let Some(file) = &self.database {
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            return Ok(file.clone());
        }
        let folder = state().ok_or_else(|| {
            io::Error::other(
                "there is no home folder for the database; name a file by `--database`",
            )
        })?;
        let folder = folder.join("trace-shop");
        create_private(&folder)?;
        Ok(folder.join("shop.db"))
    }
}

/// Returns the folder for the user's state
/// ([XDG](https://specifications.freedesktop.org/basedir-spec/latest/)).
fn state() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let at_home = || Some(env::home_dir().filter(|it| it.is_absolute())?.join(".local/state"));
    variable("XDG_STATE_HOME").or_else(at_home)
}

fn create_private(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // A link may lead anywhere.
            if !fs::symlink_metadata(folder)?.is_dir() {
                return Err(io::Error::other(format!("{} is no folder", folder.display())));
            }
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
            }
            Ok(())
        }
        created => created,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn the_default_folder_is_private() {
        let parent = env::temp_dir().join(format!("shop-settings-{}", std::process::id()));
        let folder = parent.join("trace-shop");
        let mode = || fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        create_private(&folder).unwrap();
        assert_eq!(mode(), 0o700);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        create_private(&folder).unwrap();
        assert_eq!(mode(), 0o700);
        let link = parent.join("link");
        symlink(&folder, &link).unwrap();
        create_private(&link).unwrap_err();
        fs::remove_dir_all(&parent).unwrap();
    }
}
