//! Which traces are recorded: one policy per file.
//!
//! A sampler sees what is known when a span starts and answers drop or record; it knows nothing of
//! rings or exporters.

mod always_off;
mod always_on;
mod always_record;
mod parent_based;
mod trace_id_ratio;

#[doc(inline)]
pub use crate::sampler::{
    Decision, Sampler, SamplerNeeds, SamplingAttribute, SamplingAttributes, SamplingInput,
    SamplingResult, SamplingValue,
};
pub use always_off::AlwaysOff;
pub use always_on::AlwaysOn;
pub use always_record::AlwaysRecord;
pub use parent_based::ParentBased;
pub use trace_id_ratio::TraceIdRatio;

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
