//! The shares and rates that samplers keep.

use super::{names, passed_on, under_caller};
use std::collections::BTreeMap;
use std::time::Duration;
use trace_runtime::sampling::{Adaptive, Composite, ParentThreshold, RateLimited, Rule, RuleBased};
use trace_runtime::trace;
use trace_testkit::Capture;

#[trace("tool.property.list")]
fn property_list() {}

#[trace("tool.dns.change")]
fn dns_change() {}

#[trace("api.akamai.get")]
fn api_get() {}

/// The example of a configuration that asks for a share by name, on 100,000 calls.
#[test]
fn shares_by_name_are_within_binomial_bounds() {
    let sampler = Composite::new(
        RuleBased::new([
            Rule::keeping(0.01).with_names(["tool.property.*"]),
            Rule::keeping(1.0).with_names(["tool.*.error"]),
            Rule::keeping(0.05).with_names(["api.akamai.*"]),
            Rule::keeping(0.1),
        ])
        .unwrap(),
    );
    let t = Capture::builder().with_sampler(sampler).start();
    const CALLS: u32 = 33_333;
    for _ in 0..CALLS {
        property_list();
        dns_change();
        api_get();
    }
    let mut kept = BTreeMap::<String, f64>::new();
    for name in names(&t) {
        *kept.entry(name).or_default() += 1.0;
    }
    for (name, share) in
        [("tool.property.list", 0.01), ("tool.dns.change", 0.1), ("api.akamai.get", 0.05)]
    {
        let expected = f64::from(CALLS) * share;
        let sigma = (expected * (1.0 - share)).sqrt();
        assert!((kept[name] - expected).abs() < 4.0 * sigma, "{name}: {}", kept[name]);
    }
}

#[trace]
fn work() -> (bool, String) {
    inner();
    passed_on()
}

#[trace]
fn inner() {}

#[test]
fn a_limit_of_traces_per_second_has_no_threshold_and_keeps_traces_whole() {
    let limit = RateLimited::new(2.0).unwrap().with_burst(3);
    let sampler = Composite::new(ParentThreshold::new(limit));
    let t = Capture::builder().with_sampler(sampler).start();
    let clock = t.clock();
    clock.set(std::time::UNIX_EPOCH + Duration::from_secs(1_000));
    let kept = || (0..10).filter(|_| work() == (true, String::new())).count();
    assert_eq!(kept(), 3);
    clock.step(Duration::from_secs(1));
    assert_eq!(kept(), 2);
    clock.step(Duration::from_secs(60));
    assert_eq!(kept(), 3);
    t.span("inner").count(8);
    // Callers decide for themselves.
    assert_eq!(under_caller(0, true, "ot=th:0", work), (true, "ot=th:0".to_owned()));
}

#[test]
fn a_target_of_spans_per_second_is_kept_by_counting_the_spans_of_traces() {
    let sampler = Composite::new(ParentThreshold::new(Adaptive::new(100.0).unwrap()));
    let t = Capture::builder().with_sampler(sampler).start();
    let clock = t.clock();
    // Two spans per trace, 500 traces per second, for half a minute.
    let load = |seconds: u32| {
        let mut kept = 0;
        for _ in 0..seconds * 500 {
            clock.step(Duration::from_millis(2));
            let (sampled, state) = work();
            // A probability, by which spans can be counted.
            assert!(!sampled || state.is_empty() || state.starts_with("ot=th:"), "{state}");
            kept += 2 * u32::from(sampled);
        }
        kept / seconds
    };
    load(30);
    let per_second = load(20);
    assert!((85..115).contains(&per_second), "{per_second}");
}
