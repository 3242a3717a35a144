//! The database: SQLite on disk. `connection.rs` opens it; each table's functions have a file.
//!
//! Every function that talks to it has a client span with the attributes that OpenTelemetry has for
//! databases; its name is the summary of the query. sqlx logs the statements:
//! `RUST_LOG=sqlx=debug`.

mod accounts;
mod cache;
mod connection;
mod headers;
mod items;
mod jobs;
mod orders;
mod seed;

pub(crate) use accounts::{Role, Tier, User};
pub(crate) use connection::{Changes, Database, Result, millis, now};
pub(crate) use headers::{Headers, span_of, traceparent};
pub(crate) use items::ItemRow;
pub(crate) use jobs::{JobName, JobRow, NewJob};
pub(crate) use orders::{Digest, NewOrder, OrderLine, OrderRow, OrderState, ReportRow};
pub(crate) use seed::seed;
