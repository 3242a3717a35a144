//! The hot path: from a call to bytes in a ring. All unsafe code of the workspace lives here.
//!
//! It knows sites and values; it does not know who reads the rings.
//!
//! | file | what it holds |
//! |---|---|
//! | `ring.rs`, `registry.rs` | the ring, its producer and consumer; all rings |
//! | `thread.rs` | what each thread keeps: producer, clock, ids, current span |
//! | `fork.rs` | what a child process finds of the telemetry of its parent |
//! | `quiet.rs` | times in which a thread records nothing |
//! | `pointers.rs` | how the short ways reach it |
//! | `record.rs`, `writer.rs` | the records, and what puts them into a ring |
//! | `start.rs` | whether a call records, under whom, and its start record |
//! | `short.rs`, `packed.rs` | the short way of synchronous calls, and how their values get there |
//! | `guard.rs` | synchronous calls: enter |
//! | `finish.rs` | what is known at the end of a span, and its end record |
//! | `task.rs` | futures, streams, detached spans: enter, leave, end |
//! | `metered.rs`, `metered_task.rs` | calls and futures that are measured, beside their spans |
//! | `measure.rs` | the records of what is measured |
//! | `alike.rs`, `overload.rs` | which measurements are alike, and how they are merged when a ring is full |
//! | `late.rs` | attributes, events, links, errors of spans that are open |
//! | `linked.rs` | all annotated functions of the binary, as the linker has gathered them |
//! | `swap.rs` | another context becomes current |
//! | `frames.rs` | what is current otherwise than by the short way, and how it is left in any order |
//! | `attached.rs` | contexts that are current until a guard is dropped |
//! | `borrows.rs` | whether OpenTelemetry's context can be changed |
//! | `early.rs` | guards that are dropped too early |
//! | `aside.rs` | guards that a future holds between its polls |
//! | `told.rs` | what a thread has told its ring of itself |
//! | `sweep.rs`, `trail.rs` | the reading side of all rings, and of what a ring tells of its thread |
//! | `words.rs`, `sink.rs`, `fields.rs` | the encoding of values and attributes, and its readers |

#[cfg(feature = "metrics")]
pub mod alike;
mod aside;
pub mod attached;
pub mod borrows;
mod early;
pub mod fields;
pub mod finish;
#[cfg_attr(not(unix), allow(dead_code))]
pub mod fork;
mod frames;
pub(crate) mod guard;
pub mod ids;
pub mod late;
pub mod linked;
// What is written without being read, where nobody makes metrics of it.
#[cfg_attr(not(feature = "metrics"), allow(dead_code))]
pub mod measure;
pub mod metered;
pub(crate) mod metered_task;
#[cfg(feature = "metrics")]
pub mod overload;
pub(crate) mod packed;
mod pointers;
pub(crate) mod quiet;
pub mod record;
mod registry;
pub(crate) mod ring;
pub(crate) mod short;
pub mod sink;
pub mod start;
mod swap;
pub mod sweep;
mod sync;
pub mod task;
pub mod thread;
mod told;
pub mod trail;
pub mod words;
pub mod writer;

pub use quiet::suppress_this_thread;
#[cfg(feature = "metrics")]
pub use quiet::suppressed;
pub use words::RecordedValue;
