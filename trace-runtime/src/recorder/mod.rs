//! The hot path: from a call to bytes in a ring. All unsafe code of the workspace lives here.
//!
//! It knows sites and values; it does not know who reads the rings.
//!
//! | file | what it holds |
//! |---|---|
//! | `ring.rs` | the ring, its producer and consumer, the registry of all rings |
//! | `thread.rs` | what each thread keeps: producer, clock, ids, current span |
//! | `record.rs` | the records and the writer that puts them into a ring |
//! | `start.rs` | whether a call records, under whom, and its start record |
//! | `short.rs`, `packed.rs` | the short way of synchronous calls, and how their values get there |
//! | `guard.rs` | synchronous calls: enter, leave |
//! | `task.rs` | futures, streams, detached spans: enter, leave, end |
//! | `late.rs` | attributes, events, links, errors of spans that are open |
//! | `sweep.rs` | the reading side of all rings |
//! | `words.rs`, `fields.rs` | the encoding of values and attributes, and its readers |

pub(crate) mod fields;
pub(crate) mod guard;
pub(crate) mod ids;
pub(crate) mod late;
pub(crate) mod packed;
pub(crate) mod record;
pub(crate) mod ring;
pub(crate) mod short;
pub(crate) mod start;
pub(crate) mod sweep;
mod sync;
pub(crate) mod task;
pub(crate) mod thread;
pub(crate) mod words;

pub(crate) use thread::suppress_this_thread;
pub use words::RecordedValue;
