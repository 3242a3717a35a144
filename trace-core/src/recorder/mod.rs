//! The hot path: from a call to bytes in a ring. All unsafe code of the workspace lives here.
//!
//! It handles sites and values, and does not depend on whatever reads the rings.
//!
//! | file | contents |
//! |---|---|
//! | `ring.rs`, `registry.rs` | one ring with its producer and consumer; the set of all rings |
//! | `thread.rs` | per-thread state: producer, clock, ids, current span |
//! | `fork.rs` | resetting inherited telemetry in a child process |
//! | `quiet.rs` | periods in which a thread records nothing |
//! | `pointers.rs` | how the fast paths reach the thread's state |
//! | `record.rs`, `writer.rs` | the record formats, and the writer that puts records into a ring |
//! | `beforehand.rs` | what the sampler needs for a call, and whether it is certain to be recorded |
//! | `start.rs` | whether a call records, under which parent, and its start record |
//! | `fast.rs`, `packed.rs` | the fast path of synchronous calls, and how their values are passed to it |
//! | `root.rs` | the fast path of calls that begin a trace |
//! | `guard.rs`, `enter.rs` | synchronous calls: enter |
//! | `finish.rs` | the state needed at the end of a span, and its end record |
//! | `task.rs`, `task_scope.rs` | futures, streams, detached spans: enter, leave, end |
//! | `deferred.rs` | the start of futures whose attributes a sampler looks at |
//! | `metered.rs`, `metered_task.rs` | measured calls and futures, with or without spans |
//! | `verdict.rs` | what a returned value means for the measurement of its call |
//! | `measure.rs` | the records of measurements |
//! | `alike.rs`, `overload.rs` | which measurements are alike, and how they are merged when a ring is full |
//! | `stopwatch.rs` | measured operations of libraries |
//! | `late.rs` | attributes, events, links and errors of open spans |
//! | `share.rs` | which spans other threads may add details to |
//! | `foreign.rs` | whether details that other threads added are still unread |
//! | `linked.rs` | all annotated functions of the binary, as gathered by the linker |
//! | `swap.rs` | making another context current |
//! | `frames.rs` | what is current other than through the fast path, and leaving it in any order |
//! | `attached.rs` | contexts that are current until a guard is dropped |
//! | `borrows.rs` | whether OpenTelemetry's context can be changed |
//! | `early.rs` | guards that are dropped too early |
//! | `aside.rs` | guards that a future holds between its polls |
//! | `written_state.rs` | the writing side of the ring state |
//! | `sweep.rs`, `ring_state.rs` | the reading side of all rings, and of the ring state |
//! | `code.rs` | the source location of a site, as attributes |
//! | `hash.rs` | a hash for caches and for comparing keys |
//! | `words.rs`, `sink.rs`, `fields.rs` | the encoding of values and attributes, and its readers |
//! | `pages/` | open and finished spans, as their readers keep them |

#[cfg(feature = "metrics")]
pub mod alike;
mod aside;
pub mod attached;
pub mod beforehand;
pub mod borrows;
pub mod code;
pub mod deferred;
mod early;
mod enter;
pub(crate) mod fields;
pub mod finish;
pub mod foreign;
#[cfg_attr(not(unix), allow(dead_code))]
pub mod fork;
mod frames;
pub(crate) mod guard;
pub mod hash;
pub(crate) mod inspect;
pub(crate) mod instrumented;
pub mod late;
pub mod linked;
// Written but never read when metrics are compiled out.
pub(crate) mod fast;
#[cfg_attr(not(feature = "metrics"), allow(dead_code))]
pub mod measure;
pub mod metered;
pub(crate) mod metered_task;
#[cfg(feature = "metrics")]
pub mod overload;
pub(crate) mod packed;
pub mod pages;
mod pointers;
pub(crate) mod quiet;
pub mod record;
mod registry;
pub(crate) mod ring;
pub mod ring_state;
mod root;
pub mod share;
pub mod sink;
pub mod start;
mod start_record;
#[cfg(feature = "metrics")]
pub mod stopwatch;
mod swap;
pub mod sweep;
mod sync;
pub mod task;
pub(crate) mod task_scope;
pub mod thread;
pub mod ticks;
mod verdict;
pub mod words;
pub mod writer;
mod written_state;

pub use crate::context::ids;
pub use quiet::suppress_this_thread;
#[cfg(feature = "metrics")]
pub use quiet::suppressed;
pub use words::RecordedValue;
