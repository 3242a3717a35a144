//! Keeps spans as words, for the reader of the rings and for exporters.
//!
//! A span's details are items: a header each, followed by words. They are copied from the ring
//! unchanged, so strings that were recorded by address stay addresses. An open span keeps its items
//! on the stack of its ring or, once it is no longer the innermost span, in its own buffer. When it
//! ends, its items are appended to a page of finished spans, which is never changed once it is
//! full.
//!
//! | file | contents |
//! |---|---|
//! | `items.rs`, `put.rs` | the format of items, and the iteration over them; the bodies that several kinds share |
//! | `head.rs` | the fixed-size part of a span |
//! | `limits.rs` | limits on the contents of a span |
//! | `open.rs` | open spans, and the stack of those that are current in a ring |
//! | `details.rs` | additions of records to an open span |
//! | `finished.rs`, `made.rs` | pages, and spans in them that were not recorded here |
//! | `span.rs`, `event.rs`, `link.rs` | views of a span, its events and its links |
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

pub use attributes::{Attributes, Key, VisitAttribute, attributes_of};
pub use details::Details;
pub use event::FinishedEvent;
pub use finished::{Changes, FinishedSpans};
pub use limits::SpanLimits;
pub use link::FinishedLink;
pub use made::{MadeEvent, MadeLink, MadeSpan};
pub use open::{ClosedSpan, OpenSpan, OpenStack, SpanStart, StackIndex, TraceContext};
pub use span::{FinishedSpan, capture_of, route_of};
