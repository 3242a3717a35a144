//! Work that is done later, by workers, from a queue in the database.
//!
//! | file | what it holds |
//! |---|---|
//! | `queue.rs` | the producer's side: a job is put there in the transaction that asks for it |
//! | `worker.rs` | the consumer's side: attempts, retries, giving up |
//! | `handlers.rs` | what is done |
//! | `digest.rs` | a batch: many orders, one trace with a link to each |

mod digest;
mod handlers;
mod queue;
mod worker;

pub(crate) use digest::digest_regularly;
pub(crate) use handlers::Handlers;
pub(crate) use queue::{Queue, send};
pub(crate) use worker::Worker;
