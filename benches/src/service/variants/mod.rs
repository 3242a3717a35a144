//! The variants of the service.

mod fastrace;
mod none;
mod official;
mod ours;
mod oxtel;
mod statement;

use std::error::Error;

use axum::Router;
use sqlx::sqlite::SqlitePool;

/// How a service is instrumented.
pub trait Variant: Sync {
    /// Its name in the tables.
    fn name(&self) -> &'static str;

    /// What it does not record; empty if it records everything.
    fn lacks(&self) -> &'static str {
        ""
    }

    /// Whether it exports anything.
    fn is_instrumented(&self) -> bool {
        true
    }

    /// Installs it in this process, as the `OTEL_*` variables of the environment ask, and returns the service.
    fn start(&self, parts: Parts) -> Result<Started, Box<dyn Error>>;
}

/// What a variant builds its service from.
#[derive(Debug)]
pub struct Parts {
    /// Host and port of the other service.
    pub stub: String,
    /// The database.
    pub database: SqlitePool,
}

/// A service that runs.
pub struct Started {
    /// Its routes.
    pub router: Router,
    /// Delivers what is left, when the service has ended.
    pub stop: Box<dyn FnOnce()>,
}

/// All of them, in the order of the table. The others are compared with the first.
pub const VARIANTS: [&dyn Variant; 5] =
    [&none::Plain, &ours::Ours, &official::Official, &oxtel::Oxtel, &fastrace::Fastrace];

/// Returns the variant of that name.
pub fn named(name: &str) -> Option<&'static dyn Variant> {
    VARIANTS.into_iter().find(|variant| variant.name() == name)
}
