//! The API of a build that records nothing: the same names, no work, no dependencies.
//!
//! A library that depends on `trace-core` without its default features compiles against this; a program
//! that turns the features on replaces it for all libraries of its build.

mod label;
mod span;

pub use label::Label;
pub use span::{
    ContextGuard, DetachedSpan, Instrument, Span, SpanBuilder, SpanGuard, in_current_span, in_span,
};

/// The expansion of `span!` and `in_current_span!`.
#[doc(hidden)]
pub mod private {
    pub use super::span::{Carried, SpanGuard as Guard};
}
