//! Names the span that an event belongs to.

use crate::runtime::layer::Subject;
use trace_runtime::SpanContext;

/// The span that an event belongs to.
pub(crate) struct Home {
    /// The span, if it is recorded.
    pub(crate) subject: Option<Subject>,
    #[cfg_attr(not(feature = "logs"), allow(dead_code, reason = "only logs name it"))]
    pub(crate) span: HomeSpan,
}

/// The identity of that span.
#[cfg_attr(not(feature = "logs"), allow(dead_code, reason = "only logs name it"))]
pub(crate) enum HomeSpan {
    Current,
    Of(SpanContext),
    None,
}
