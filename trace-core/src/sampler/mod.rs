//! Sampling decisions: the input and the answer of a sampler, and the one in force.
//!
//! The policies that users choose from are in the runtime.

mod installed;

pub(crate) use installed::{decide, is_default};
pub use installed::{install, keep_over_forks};

use crate::context::{SpanContext, TraceId};
use crate::kind::SpanKind;
use crate::site::{Site, SiteInfo};
use std::fmt;
use std::sync::Arc;

/// Decides whether a span is recorded
/// ([Sampler](https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler)).
///
/// Called on the thread that starts the span, so it must be quick and must not block. Metrics do
/// not depend on its answer.
///
/// ```
/// use trace_runtime::sampling::{Decision, Sampler, SamplingInput};
///
/// /// Records nothing of the health checks.
/// #[derive(Debug)]
/// struct NoHealthChecks;
///
/// impl Sampler for NoHealthChecks {
///     fn sample(&self, input: &SamplingInput<'_>) -> Decision {
///         match input.name() {
///             "health_check" => Decision::Drop,
///             _ => Decision::RecordAndSample,
///         }
///     }
/// }
/// ```
pub trait Sampler: Send + Sync + fmt::Debug + 'static {
    /// Decides about one span.
    fn sample(&self, input: &SamplingInput<'_>) -> Decision;

    /// Returns the name and settings of this sampler, such as `TraceIdRatioBased{0.25}`.
    fn description(&self) -> String {
        format!("{self:?}")
    }
}

impl<T: Sampler + ?Sized> Sampler for Arc<T> {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        (**self).sample(input)
    }

    fn description(&self) -> String {
        (**self).description()
    }
}

impl<T: Sampler + ?Sized> Sampler for Box<T> {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        (**self).sample(input)
    }

    fn description(&self) -> String {
        (**self).description()
    }
}

/// A sampler's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The span is neither recorded nor exported; its children see an unsampled parent.
    Drop,
    /// The span is recorded, exported, and marked sampled for services that continue the trace.
    RecordAndSample,
}

/// The properties of a span that is about to start.
#[derive(Clone, Copy)]
pub struct SamplingInput<'a> {
    pub(crate) parent: Option<&'a SpanContext>,
    pub(crate) trace_id: TraceId,
    pub(crate) name: Option<&'a str>,
    pub(crate) kind: SpanKind,
    /// Its text is parsed only for samplers that request it.
    pub(crate) site: &'static Site,
}

impl<'a> SamplingInput<'a> {
    /// Returns the parent, in this process or another; `None` for a root.
    pub fn parent(&self) -> Option<&'a SpanContext> {
        self.parent
    }

    /// Returns the id of the trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Returns the name of the span; for a name with placeholders, the name of its function.
    pub fn name(&self) -> &'a str {
        self.name.unwrap_or_else(|| self.site.info().name)
    }

    /// Returns the kind of the span.
    pub fn kind(&self) -> SpanKind {
        self.kind
    }

    /// Returns the site that starts the span.
    pub fn site(&self) -> &'static SiteInfo {
        self.site.info()
    }
}

/// Returns the input for a span of this site without its own name; for tests of samplers.
pub fn input<'a>(
    site: &'static Site,
    trace_id: TraceId,
    parent: Option<&'a SpanContext>,
) -> SamplingInput<'a> {
    SamplingInput { parent, trace_id, name: None, kind: site.span_kind(), site }
}

impl fmt::Debug for SamplingInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingInput")
            .field("parent", &self.parent)
            .field("trace_id", &self.trace_id)
            .field("name", &self.name())
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampler_sees_the_site_without_a_name_of_its_own() {
        static SITE: Site = Site::new("checkout\0shop\0src/shop.rs\x001.0.0\0", 1);
        let input = input(&SITE, TraceId::from_u128(1), None);
        assert_eq!((input.name(), input.site().scope), ("checkout", "shop"));
    }
}
