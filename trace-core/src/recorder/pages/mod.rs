//! Keeps spans as words, for the reader of the rings and for exporters.
//!
//! A span's details are items, words with a header each. They are copied from the ring as they are,
//! so a string that travels by address still does. An open span keeps its items on the stack of its
//! ring, or, once it is not the innermost one, on its own. When it ends, they are appended to a page
//! of finished spans, which is never changed once it is full.
//!
//! | file | contents |
//! |---|---|
//! | `items.rs`, `put.rs` | the format of items, and the iteration over them; the bodies that several kinds share |
//! | `head.rs` | the part of a span that is of fixed size |
//! | `limits.rs` | what one span may contain |
//! | `open.rs` | open spans, and the stack of those that are current in a ring |
//! | `details.rs` | what records add to an open span |
//! | `finished.rs`, `made.rs` | pages, and spans in them that were not recorded |
//! | `span.rs`, `event.rs`, `link.rs` | what a page shows of a span, of its events, and of its links |
//! | `attributes.rs` | the iteration over attributes |

mod attributes;
mod details;
mod event;
mod finished;
mod head;
mod items;
mod limits;
mod link;
mod made;
mod open;
mod put;
mod span;

pub use attributes::{Attributes, Key};
pub use details::Details;
pub use event::FinishedEvent;
pub use finished::FinishedSpans;
pub use limits::SpanLimits;
pub use link::FinishedLink;
pub use made::{MadeEvent, MadeLink, MadeSpan};
pub use open::{OpenSpan, OpenStack, SpanStart, StackIndex, TraceContext};
pub use span::{FinishedSpan, capture_of};
