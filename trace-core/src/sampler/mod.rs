//! Sampling decisions: the input and the answer of a sampler, and the one in force.
//!
//! The policies that users choose from are in the runtime.

mod input;
mod installed;
mod needs;
mod result;

pub use input::{
    Initial, SamplingInput, address_of_site, input, other_attributes, spans_before, value_of,
};
pub(crate) use installed::{
    decide, is_default, needs, needs_at, note_recorded_only, version_of_default,
};
pub use installed::{has_recorded_only, install, keep_over_forks};
pub use needs::SamplerNeeds;
pub use result::{
    Decision, SamplingAttribute, SamplingAttributes, SamplingResult, SamplingValue, unrecorded,
    with_route,
};

use crate::site::SiteInfo;
use std::fmt;
use std::sync::Arc;

/// Decides whether a span is recorded
/// ([Sampler](https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler)).
///
/// Called on the thread that starts the span, so it must be quick and must not block. Metrics do
/// not depend on its answer. It is asked about local roots, which have no parent in this process;
/// their descendants follow the decision, unless [`needs`](Self::needs) asks for more.
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

    /// Decides about one span, with the attributes and the `tracestate` that it gets. This is what
    /// the record path calls.
    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        self.sample(input).into()
    }

    /// Returns what the sampler needs at any site, in addition to being asked about local roots.
    fn needs(&self) -> SamplerNeeds {
        SamplerNeeds::NONE
    }

    /// Returns what the sampler needs at `site`: at most what [`needs`](Self::needs) returns. The
    /// answer is remembered for as long as the sampler is in force.
    ///
    /// Spans with their own name, which their site does not have, have the needs of `needs`.
    fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
        let _ = site;
        self.needs()
    }

    /// Returns the patterns of names that it is configured with. Those that match no function are
    /// reported at start-up, if one has a similar name.
    fn name_patterns(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the name and settings of this sampler, such as `TraceIdRatioBased{0.25}`.
    fn description(&self) -> String {
        format!("{self:?}")
    }
}

/// Implements the trait for a pointer to a sampler.
macro_rules! impl_for_pointer {
    ($pointer:ident) => {
        impl<T: Sampler + ?Sized> Sampler for $pointer<T> {
            fn sample(&self, input: &SamplingInput<'_>) -> Decision {
                (**self).sample(input)
            }

            fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
                (**self).result(input)
            }

            fn needs(&self) -> SamplerNeeds {
                (**self).needs()
            }

            fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
                (**self).needs_at(site)
            }

            fn name_patterns(&self) -> Vec<String> {
                (**self).name_patterns()
            }

            fn description(&self) -> String {
                (**self).description()
            }
        }
    };
}

impl_for_pointer!(Arc);
impl_for_pointer!(Box);
