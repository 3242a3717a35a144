//! Which traces are recorded: one policy per file.
//!
//! A sampler sees what is known when a span starts, and answers with a decision; it does not depend on
//! rings or exporters. [`Sampler`] is the interface of the record path. The specification's newer samplers
//! are [`Composable`] and become one through [`Composite`]:
//!
//! | to | use |
//! |---|---|
//! | keep or drop everything | [`AlwaysOn`], [`AlwaysOff`] |
//! | keep a share of all traces | [`Probability`] |
//! | follow callers | [`ParentThreshold`] |
//! | decide by name, kind, attribute, parent or baggage | [`RuleBased`] |
//! | bound the rate | [`RateLimited`], [`Adaptive`] |
//! | add attributes that name the reason | [`Annotating`] |
//! | record what is not exported | [`AlwaysRecord`] |
//! | decide when a trace has ended | [`TailSampling`] |
//! | limit each tenant | [`Tenants`] |

mod adaptive;
mod always_off;
mod always_on;
mod always_record;
mod annotating;
mod canary;
mod composable;
mod composite;
mod error;
mod explanation;
mod parent_based;
mod parent_threshold;
mod probability;
mod rate_limited;
mod routed;
mod rule_based;
mod tail;
mod tenants;
mod text;
mod threshold;
mod trace_id_ratio;
mod trace_state;

pub(crate) use crate::glob::Glob;
#[doc(inline)]
pub use crate::sampler::{
    Decision, Sampler, SamplerNeeds, SamplingAttribute, SamplingAttributes, SamplingInput,
    SamplingResult, SamplingValue,
};
pub use adaptive::Adaptive;
pub use always_off::AlwaysOff;
pub use always_on::AlwaysOn;
pub use always_record::AlwaysRecord;
pub use annotating::Annotating;
pub(crate) use canary::Canary;
pub use composable::{Composable, ForChildren, SamplingIntent};
pub use composite::Composite;
pub use error::{RuleProblem, SamplingError};
pub use explanation::{Explanation, TailExplanation};
pub use parent_based::ParentBased;
pub use parent_threshold::ParentThreshold;
pub use probability::Probability;
pub use rate_limited::RateLimited;
pub(crate) use routed::keep_over_forks;
pub(crate) use routed::{MOST_ROUTES, NO_ROUTE, RouteNumber, RouteTable, Routed};
pub use rule_based::{ParentKind, Rule, RuleBased};
pub use tail::TailSampling;
pub use tenants::{TenantLimits, Tenants};
pub(crate) use text::any_text;
pub use threshold::{Randomness, Threshold};
pub(crate) use trace_id_ratio::ConfiguredRatio;
pub use trace_id_ratio::TraceIdRatio;
pub(crate) use trace_state::OtState;

#[cfg(test)]
mod consistency_tests;

#[cfg(test)]
mod glob_tests;
#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
    use crate::sampler;
    use crate::site::Site;

    static SITE: Site = Site::new("checkout\0shop\0src/shop.rs\x001.0.0\0", 1);

    pub(crate) fn root(trace_id: u128) -> SamplingInput<'static> {
        child(trace_id, None)
    }

    pub(crate) fn child(trace_id: u128, parent: Option<&SpanContext>) -> SamplingInput<'_> {
        sampler::input(&SITE, TraceId::from_u128(trace_id), parent)
    }

    pub(crate) fn parent(remote: bool, sampled: bool) -> SpanContext {
        let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::NONE };
        let make = if remote { SpanContext::remote } else { SpanContext::new };
        make(TraceId::from_u128(7), SpanId::from_u64(9), flags)
    }
}
