//! The user-facing spans: the current one, those of blocks, and those that travel.

mod attach;
mod builder;
mod detached;
mod handle;
mod layer;
mod shared;
mod sites;

pub use attach::ContextGuard;
pub use builder::{SpanBuilder, in_span};
pub use detached::{DetachedSpan, Instrument};
pub use handle::Span;
pub use layer::{Place, Subject, context_of, is_on, is_recording, start_detached, within};

pub use shared::SharedSpan;

pub use sites::keep_over_forks;
