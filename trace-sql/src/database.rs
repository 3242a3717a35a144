//! Describes a database: what it is, and where.

use opentelemetry::KeyValue;
#[cfg(feature = "mysql")]
use sqlx::mysql::MySqlConnectOptions;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Database, Pool};
use std::any::Any;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use std::path::Path;
use std::sync::Arc;

/// The dialects, which differ in what is a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    MySql,
    PostgreSql,
    Sqlite,
}

/// What is known of a database.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) system: &'static str,
    /// `None` if it is not known what is a literal.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) place: Place,
}

/// Where a database is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The host, or the socket of a server on this machine.
    pub(crate) address: Option<String>,
    pub(crate) port: Option<i64>,
    pub(crate) namespace: Option<String>,
}

impl Description {
    /// Describes the database of a pool. Credentials are not part of it.
    pub(crate) fn of<DB: Database>(pool: &Pool<DB>) -> Self {
        let options = pool.connect_options();
        match DB::NAME {
            "Any" => {
                // Not for other drivers, because it may panic: hosts and users need not fit into a URL.
                let url = options.to_url_lossy();
                let (system, dialect) = system(url.scheme());
                Self { system, dialect, place: Place::of_url(system, url.as_str()) }
            }
            name => {
                let (system, dialect) = system(name);
                Self { system, dialect, place: Place::of(&*options) }
            }
        }
    }

    /// Returns the attributes that all measurements have, which are cheap to clone.
    pub(crate) fn labels(&self) -> Vec<KeyValue> {
        let mut labels = vec![KeyValue::new("db.system.name", self.system)];
        let Place { address, port, namespace } = &self.place;
        let named = [("server.address", address), ("db.namespace", namespace)];
        for (key, value) in named {
            labels.extend(value.as_deref().map(|it| KeyValue::new(key, Arc::<str>::from(it))));
        }
        labels.extend(port.map(|port| KeyValue::new("server.port", port)));
        labels
    }

    /// Returns the name of a pool that has been given none, as the conventions compose it.
    pub(crate) fn pool_name(&self) -> String {
        let Place { address, port, namespace } = &self.place;
        let mut name = address.clone().unwrap_or_else(|| self.system.to_owned());
        if let Some(port) = port {
            name = format!("{name}:{port}");
        }
        match namespace {
            Some(namespace) => format!("{name}/{namespace}"),
            None => name,
        }
    }
}

impl Place {
    /// Returns the place that options name, if their type is known here. The file of SQLite is no place.
    fn of(options: &dyn Any) -> Self {
        #[cfg(feature = "postgres")]
        if let Some(options) = options.downcast_ref::<PgConnectOptions>() {
            let (host, port) = (options.get_host(), options.get_port());
            // A host that is a path is a folder, too.
            let folder = options.get_socket().map(|folder| &**folder);
            let folder = folder.or_else(|| Some(Path::new(host)).filter(|it| it.is_absolute()));
            let socket = folder.map(|folder| folder.join(format!(".s.PGSQL.{port}")));
            return Self::new(host, port, socket.as_deref(), options.get_database());
        }
        #[cfg(feature = "mysql")]
        if let Some(options) = options.downcast_ref::<MySqlConnectOptions>() {
            let socket = options.get_socket().map(|socket| &**socket);
            let (host, port) = (options.get_host(), options.get_port());
            return Self::new(host, port, socket, options.get_database());
        }
        let _ = options;
        Self::default()
    }

    /// Returns the place that a URL names, as the driver of the system reads it.
    fn of_url(system: &str, url: &str) -> Self {
        match system {
            #[cfg(feature = "postgres")]
            "postgresql" => {
                url.parse().map(|it: PgConnectOptions| Self::of(&it)).unwrap_or_default()
            }
            #[cfg(feature = "mysql")]
            "mysql" => url.parse().map(|it: MySqlConnectOptions| Self::of(&it)).unwrap_or_default(),
            _ => {
                let _ = url;
                Self::default()
            }
        }
    }

    #[cfg(any(feature = "mysql", feature = "postgres"))]
    fn new(host: &str, port: u16, socket: Option<&Path>, namespace: Option<&str>) -> Self {
        // URLs have addresses of IPv6 in brackets.
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let address = socket.map(|socket| socket.display().to_string());
        Self {
            port: socket.is_none().then(|| port.into()),
            address: Some(address.unwrap_or_else(|| bare.unwrap_or(host).to_owned())),
            namespace: namespace.map(str::to_owned),
        }
    }
}

/// Returns what a system is called, and its dialect, by the name of its driver or the scheme of its URL.
fn system(name: &str) -> (&'static str, Option<Dialect>) {
    match name {
        "PostgreSQL" | "postgres" | "postgresql" => ("postgresql", Some(Dialect::PostgreSql)),
        "MySQL" | "mysql" | "mariadb" => ("mysql", Some(Dialect::MySql)),
        "SQLite" | "sqlite" => ("sqlite", Some(Dialect::Sqlite)),
        _ => ("other_sql", None),
    }
}
