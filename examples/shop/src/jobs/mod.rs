//! Background jobs, which workers take from a queue in the database.
//!
//! | file | content |
//! |---|---|
//! | `queue.rs` | the producer's side: a job is enqueued in the transaction that needs it |
//! | `worker.rs` | the consumer's side: attempts, retries, giving up |
//! | `handlers.rs` | the work itself |
//! | `digest.rs` | a batch: many orders, one trace with a link to each |

mod digest;
mod handlers;
mod queue;
mod worker;

pub(crate) use digest::digest_regularly;
pub(crate) use handlers::Handlers;
pub(crate) use queue::{Queue, send};
pub(crate) use worker::Worker;
