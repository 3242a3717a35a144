//! Tests that services with different samplers keep traces consistently, so that spans can be counted by
//! those that were kept.

use super::testing::{child, root};
use super::trace_state::OtState;
use super::*;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};

/// Scattered numbers (splitmix64, Vigna 2015).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Returns the context that a service passes on, for a span under `parent`.
fn passed_on(sampler: &impl Sampler, trace_id: u128, parent: Option<&SpanContext>) -> SpanContext {
    let result = sampler.result(&parent.map_or(root(trace_id), |_| child(trace_id, parent)));
    let flags = match result.decision() {
        Decision::RecordAndSample => TraceFlags::SAMPLED,
        _ => TraceFlags::NONE,
    };
    let inherited = parent.map_or("", SpanContext::trace_state);
    let state = result.trace_state().unwrap_or(inherited).to_owned();
    SpanContext::remote(TraceId::from_u128(trace_id), SpanId::from_u64(1), flags)
        .with_trace_state(state)
}

/// Returns the number of spans for which a kept one stands; 0 if it was not kept.
fn counted(span: &SpanContext) -> f64 {
    let threshold = OtState::read(span.trace_state()).threshold;
    assert_eq!(threshold.is_some(), span.is_sampled());
    threshold.map_or(0.0, Threshold::adjusted_count)
}

fn share(share: f64) -> Composite<Probability> {
    Composite::new(Probability::new(share).unwrap())
}

#[test]
fn spans_of_two_services_with_different_shares_are_counted_by_those_that_were_kept() {
    const TRACES: u32 = 4_000;
    const SEEDS: u64 = 50;
    let (one, other) = (0.2, 0.05);
    let (first, second) = (share(one), share(other));
    // Both keep a trace by the same randomness: what the second keeps, the first keeps too.
    let variance = (1.0 / one - 1.0) + (1.0 / other - 1.0) + 2.0 * (1.0 / one - 1.0);
    let sigma = (f64::from(TRACES) * variance).sqrt();
    let deviations: Vec<f64> = (0..SEEDS)
        .map(|seed| {
            let mut random = Random(seed << 32);
            let mut count = 0.0;
            for _ in 0..TRACES {
                let id = u128::from(random.next()) << 64 | u128::from(random.next());
                let caller = passed_on(&first, id, None);
                let callee = passed_on(&second, id, Some(&caller));
                assert!(caller.is_sampled() || !callee.is_sampled());
                count += counted(&caller) + counted(&callee);
            }
            (count - f64::from(2 * TRACES)) / sigma
        })
        .collect();
    let within = deviations.iter().filter(|deviation| deviation.abs() < 3.0).count();
    assert!(within >= 49, "{within} of {SEEDS} are within 3 σ");
    let mean = deviations.iter().sum::<f64>() / SEEDS as f64;
    assert!(mean.abs() < 3.0 / (SEEDS as f64).sqrt(), "the mean is off by {mean} σ");
}

#[test]
fn a_service_that_follows_has_the_threshold_of_its_caller() {
    let follows = Composite::new(ParentThreshold::new(AlwaysOff));
    let mut random = Random(7);
    for _ in 0..1_000 {
        let id = u128::from(random.next()) << 64 | u128::from(random.next());
        let caller = passed_on(&share(0.3), id, None);
        let callee = passed_on(&follows, id, Some(&caller));
        assert_eq!(counted(&caller), counted(&callee));
        assert_eq!(caller.trace_state(), callee.trace_state());
    }
}

#[test]
fn an_explicit_randomness_decides_in_every_service() {
    let mut random = Random(9);
    let mut kept = 0;
    for _ in 0..1_000 {
        // The trace ids are not random at all.
        let state = format!("ot=rv:{:014x}", random.next() >> 8);
        let edge =
            SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(1), TraceFlags::NONE)
                .with_trace_state(&*state);
        let caller = passed_on(&share(0.5), 1, Some(&edge));
        let callee = passed_on(&share(0.5), 1, Some(&caller));
        assert_eq!(caller, callee);
        kept += usize::from(caller.is_sampled());
    }
    assert!((440..560).contains(&kept), "{kept}");
}

#[test]
fn a_kept_share_is_within_binomial_bounds() {
    const TRACES: u32 = 100_000;
    let mut random = Random(3);
    for probability in [0.5, 0.1, 0.01, 0.001] {
        let sampler = share(probability);
        let ids = (0..TRACES).map(|_| u128::from(random.next()));
        let kept = ids.filter(|&id| sampler.sample(&root(id)) == Decision::RecordAndSample).count();
        let expected = f64::from(TRACES) * probability;
        let sigma = (expected * (1.0 - probability)).sqrt();
        assert!((kept as f64 - expected).abs() < 3.5 * sigma, "{probability}: {kept}");
    }
}

#[test]
fn descriptions_name_the_samplers_and_their_settings() {
    let rules = RuleBased::new([
        Rule::new(AlwaysOff).with_names(["a*"]).with_attribute_values("k", ["v"]),
        Rule::keeping(0.25),
    ]);
    let sampler = AlwaysRecord::new(Composite::new(rules.unwrap()));
    assert_eq!(
        sampler.description(),
        "AlwaysRecord{CompositeSampler{ComposableRuleBased{[\
         (name=[\"a*\"],attribute=k):ComposableAlwaysOff,\
         ():ComposableParentThreshold{ComposableProbability{0.25}}]}}}"
    );
}
