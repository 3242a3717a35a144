//! Work that is done later, by workers, from a queue in the database.
//!
//! | file | what it holds |
//! |---|---|
//! | `queue.rs` | the producer's side: a job is put there in the transaction that asks for it |
//! | `headers.rs` | the context of the producer, as the queue keeps it |
//! | `worker.rs` | the consumer's side: attempts, retries, giving up |
//! | `handlers.rs` | what is done |
//! | `digest.rs` | a batch: many orders, one trace with a link to each |

mod digest;
mod handlers;
mod headers;
mod queue;
mod worker;

pub(crate) use digest::digest_regularly;
pub(crate) use handlers::Handlers;
pub(crate) use headers::Headers;
pub(crate) use queue::{Queue, send};
pub(crate) use worker::Worker;

use std::fmt;
use trace_runtime::Label;

/// What `messaging.system` calls the queue.
const SYSTEM: &str = "shop";

/// What is to be done; each is a destination of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Label)]
#[sqlx(rename_all = "snake_case")]
pub(crate) enum JobName {
    ShipOrder,
    SendReceipt,
}

impl JobName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ShipOrder => "ship_order",
            Self::SendReceipt => "send_receipt",
        }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
