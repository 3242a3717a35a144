//! Spans as words: what the reader of the rings makes of records, and what exporters read.
//!
//! A span's details are items, words with a header each. They are copied from the ring as they are,
//! so a string that travels by address still does. An open span keeps its items on the stack of its
//! ring, or, once it is not the innermost one, on its own. When it ends, they are appended to a page
//! of finished spans, which is never changed once it is full.
//!
//! | file | contents |
//! |---|---|
//! | `items.rs` | the format of items, and the iteration over them |
//! | `limits.rs` | what one span may contain |
//! | `open.rs` | open spans, and the stack of those that are current in a ring |
//! | `details.rs` | what records add to an open span |
//! | `finished.rs` | pages |
//! | `span.rs`, `event.rs`, `link.rs` | what a page shows of a span, of its events, and of its links |
//! | `attributes.rs` | the iteration over attributes |

mod attributes;
mod details;
mod event;
mod finished;
mod items;
mod limits;
mod link;
mod open;
mod span;

pub use attributes::{Attributes, Key};
pub use details::Details;
pub use event::FinishedEvent;
pub use finished::{FinishedSpans, MadeEvent, MadeLink, MadeSpan};
pub use limits::SpanLimits;
pub use link::FinishedLink;
pub use open::{OpenSpan, OpenStack, SpanStart, StackIndex, TraceContext};
pub use span::{FinishedSpan, capture_of};
