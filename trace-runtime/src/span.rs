//! Types that belong to [`Span`](crate::Span), and that programs seldom name: builders, guards, limits, and
//! spans that move between threads.

#[cfg(feature = "enabled")]
pub use crate::collector::SpanLimits;
#[doc(inline)]
pub use trace_core::{ContextGuard, DetachedSpan, Outcome, SpanBuilder, SpanGuard};
