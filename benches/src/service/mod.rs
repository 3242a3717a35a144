//! Measures telemetry in a service instead of a loop: one axum service, written once, and instrumented by each
//! [variant](variants) as its documentation recommends.
//!
//! - `app`: what the handlers share: the client, the database, the functions' bodies
//! - `functions`: the eleven functions and both handlers, defined once for all variants
//! - `variants`: no telemetry, this workspace, and its peers
//! - `process`: the service as a separate process, seen from inside and from outside
//! - `load`: requests at a fixed rate, or as many as there are answers
//! - `run`: one process from start to end, and rounds of them
//! - `table`: what they report

pub mod app;
mod functions;
pub mod load;
pub mod process;
pub mod run;
pub mod table;
pub mod variants;

use serde::{Deserialize, Serialize};

/// A route of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// Eleven functions, three of them async, with three attributes each, and two log lines.
    Plain,
    /// The same, two requests to another service, and a statement of a database.
    Full,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Full];

    /// Its path, without the id.
    pub fn path(self) -> &'static str {
        match self {
            Self::Plain => "/plain",
            Self::Full => "/full",
        }
    }

    /// The spans of a request: the server's, those of the functions, of the client and of the database.
    pub fn spans(self) -> u64 {
        match self {
            Self::Plain => 1 + 11,
            Self::Full => 1 + 11 + 2 + 1,
        }
    }
}
