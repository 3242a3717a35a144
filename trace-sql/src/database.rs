//! Describes a database: what it is, and where.

use opentelemetry::KeyValue;
use sqlx::{ConnectOptions, Connection, Database, Pool};

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
    pub(crate) address: Option<String>,
    pub(crate) port: Option<i64>,
    pub(crate) namespace: Option<String>,
}

impl Description {
    /// Describes the database of a pool. Credentials are not part of it.
    pub(crate) fn of<DB: Database>(pool: &Pool<DB>) -> Self
    where
        <DB::Connection as Connection>::Options: ConnectOptions,
    {
        let (system, dialect) = match DB::NAME {
            "PostgreSQL" => ("postgresql", Some(Dialect::PostgreSql)),
            "MySQL" => ("mysql", Some(Dialect::MySql)),
            "SQLite" => ("sqlite", Some(Dialect::Sqlite)),
            _ => ("other_sql", None),
        };
        let mut description = Self { system, dialect, address: None, port: None, namespace: None };
        // The URL of SQLite is a file, which is no namespace.
        if system != "sqlite" {
            let url = pool.connect_options().to_url_lossy();
            description.address = url.host_str().map(str::to_owned);
            description.port = url.port().map(i64::from);
            let path = url.path().trim_start_matches('/');
            description.namespace = (!path.is_empty()).then(|| path.to_owned());
        }
        description
    }

    /// Returns the attributes that all measurements have.
    pub(crate) fn labels(&self) -> Vec<KeyValue> {
        let mut labels = vec![KeyValue::new("db.system.name", self.system)];
        let named = [("server.address", &self.address), ("db.namespace", &self.namespace)];
        for (key, value) in named {
            labels.extend(value.clone().map(|value| KeyValue::new(key, value)));
        }
        labels.extend(self.port.map(|port| KeyValue::new("server.port", port)));
        labels
    }

    /// Returns the name of a pool that has been given none, as the conventions compose it.
    pub(crate) fn pool_name(&self) -> String {
        let mut name = self.address.clone().unwrap_or_else(|| self.system.to_owned());
        if let Some(port) = self.port {
            name = format!("{name}:{port}");
        }
        match &self.namespace {
            Some(namespace) => format!("{name}/{namespace}"),
            None => name,
        }
    }
}
