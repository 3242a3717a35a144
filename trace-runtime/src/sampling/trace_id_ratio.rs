//! Records a share of all traces, decided by the trace id alone, so that every process that
//! continues a trace and uses the same or a higher ratio decides alike.

use super::{Decision, Sampler, SamplingInput};
use crate::diagnostics::warn;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// Records a share of all traces
/// ([TraceIdRatioBased](https://opentelemetry.io/docs/specs/otel/trace/sdk/#traceidratiobased)).
///
/// It looks at the trace id only, not at the parent: wrap it in [`ParentBased`](super::ParentBased)
/// to keep traces whole. Where it decides about a span with a parent, a line on stderr reports that once, as the
/// specification asks: the algorithm is to be replaced, and services with different ones break traces.
#[derive(Clone, Copy, Debug)]
pub struct TraceIdRatio {
    ratio: f64,
    /// Trace ids whose low 63 bits are below this are recorded.
    bound: u64,
}

impl TraceIdRatio {
    /// Records `ratio` of all traces: 0 and less none, 1 and more all, NaN none.
    pub fn new(ratio: f64) -> Self {
        let ratio = if ratio > 0.0 { ratio.min(1.0) } else { 0.0 };
        // The arithmetic of the OpenTelemetry SDK for Rust, so that both decide alike.
        Self { ratio, bound: (ratio * (1_u64 << 63) as f64) as u64 }
    }

    /// The share of traces recorded.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    fn decide(&self, input: &SamplingInput<'_>) -> Decision {
        let low = input.trace_id().to_u128() as u64;
        if low >> 1 < self.bound { Decision::RecordAndSample } else { Decision::Drop }
    }
}

/// Reports once that a ratio decides about a span that has a parent.
fn warn_of_child(input: &SamplingInput<'_>, has_told: &AtomicBool, place: &dyn fmt::Display) {
    let has_parent = || input.parent().is_some_and(|parent| parent.is_valid());
    if !has_told.load(Ordering::Relaxed) && has_parent() && !has_told.swap(true, Ordering::Relaxed)
    {
        warn(format_args!(
            "{place} decides about spans that have a parent, which breaks traces between services that decide \
             otherwise; decide about roots only (`parentbased_traceidratio`), or by `probability/development`"
        ));
    }
}

impl Sampler for TraceIdRatio {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        static HAS_TOLD: AtomicBool = AtomicBool::new(false);
        warn_of_child(input, &HAS_TOLD, &"the program's `TraceIdRatio`");
        self.decide(input)
    }

    fn description(&self) -> String {
        format!("TraceIdRatioBased{{{}}}", self.ratio)
    }
}

/// A ratio that a variable or a file sets.
#[derive(Debug)]
pub(crate) struct ConfiguredRatio {
    ratio: TraceIdRatio,
    /// What sets it, and where.
    place: String,
    has_told: AtomicBool,
}

impl ConfiguredRatio {
    pub(crate) fn new(ratio: f64, place: impl Into<String>) -> Self {
        let has_told = AtomicBool::new(false);
        Self { ratio: TraceIdRatio::new(ratio), place: place.into(), has_told }
    }
}

impl Sampler for ConfiguredRatio {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        warn_of_child(input, &self.has_told, &self.place);
        self.ratio.decide(input)
    }

    fn description(&self) -> String {
        self.ratio.description()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::testing::root;
    use opentelemetry_sdk::trace::{SamplingDecision, ShouldSample};

    /// A fixed sequence of scattered ids (splitmix64).
    fn ids() -> impl Iterator<Item = u128> {
        (1_u64..20_000).map(|seed| {
            let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            u128::from(z ^ (z >> 31)) << 64 | u128::from(z.rotate_left(17))
        })
    }

    #[test]
    fn decisions_are_those_of_the_sdk() {
        let edges = [1, u128::from(u64::MAX), u128::from(u64::MAX) - 1, 1 << 63, (1 << 63) - 1];
        for ratio in [-1.0, 0.0, 1e-19, 0.001, 0.25, 0.5, 0.999_999, 1.0, 2.0] {
            let ours = TraceIdRatio::new(ratio);
            let sdk = opentelemetry_sdk::trace::Sampler::TraceIdRatioBased(ratio);
            for id in ids().chain(edges) {
                let expected = sdk.should_sample(
                    None,
                    id.into(),
                    "name",
                    &opentelemetry::trace::SpanKind::Internal,
                    &[],
                    &[],
                );
                assert_eq!(
                    ours.sample(&root(id)) == Decision::RecordAndSample,
                    expected.decision == SamplingDecision::RecordAndSample,
                    "ratio {ratio}, id {id:032x}"
                );
            }
        }
    }

    #[test]
    fn the_share_is_about_the_ratio() {
        let sampler = TraceIdRatio::new(0.25);
        let kept = ids().filter(|&id| sampler.sample(&root(id)) == Decision::RecordAndSample);
        assert!((4_700..5_300).contains(&kept.count()));
        assert_eq!(TraceIdRatio::new(f64::NAN).ratio(), 0.0);
    }
}
