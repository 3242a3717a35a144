//! Tests what the section `distribution` sets.

use super::tests::{honoured, read_text};
use std::time::Duration;

#[test]
fn what_is_ours_is_in_the_distribution() {
    let settings = honoured(
        "
distribution:
  trace-rs:
    memory_limit: 8388608
    ring_bytes: 65536
    shutdown_timeout: 1500
    startup_line: false
    code_attributes: never
    open_spans: { count: 1000 }
    baggage: { attributes: [tenant], labels: [tier], label_cap: 5, log_attributes: [tenant] }
    own_metrics: false
    series_limit: 50
    snapshot: { bytes: 1000, age: 2000 }
    tail_sampling:
      share: 0.1
      errors: false
      slow: 1000
      slow_named: [{ name: 'GET /search*', limit: 5000 }]
      attributes: [{ key: tier, pattern: gold }, { key: vip }]
      events: [retry]
      budget: 100
      reserve: 50
      timeout: 10000
      bytes: 4096
      tenants: { key: customer, most: 10, default: { share: 0.5 }, named: { acme: { spans_per_second: 5 } } }
",
    );
    assert_eq!((settings.memory, settings.ring_bytes), (Some(8 << 20), Some(65_536)));
    assert_eq!(settings.shutdown_timeout, Some(Duration::from_millis(1_500)));
    assert_eq!(settings.code, Some(crate::export::CodeAttributes::Never));
    assert!(!settings.has_startup_line);
    let open = settings.open.unwrap();
    assert_eq!((open.spans, open.bytes), (1_000, 2 << 20));
    assert_eq!(settings.baggage.attributes, ["tenant"]);
    #[cfg(feature = "metrics")]
    {
        assert!(settings.metrics.is_own_off);
        assert_eq!(settings.metrics.series.default, Some(50));
        assert_eq!(
            (&*settings.baggage.labels, settings.baggage.label_cap),
            (&["tier".to_owned()][..], Some(5))
        );
    }
    let tail = settings.tail.unwrap();
    assert_eq!((tail.share, tail.keeps_errors, tail.keeps_unusual), (0.1, false, false));
    let slow: Vec<_> = tail.slow.iter().map(|slow| (slow.name.as_str(), slow.limit)).collect();
    let (one, five) = (Duration::from_secs(1), Duration::from_secs(5));
    assert_eq!(slow, [("GET /search*", five), ("*", one)]);
    let attributes: Vec<_> =
        tail.attributes.iter().map(|(key, glob)| (key.as_str(), glob.as_str())).collect();
    assert_eq!(attributes, [("tier", "gold"), ("vip", "*")]);
    assert_eq!((tail.budget, tail.reserve, tail.bytes), (Some(100.0), Some(50.0), Some(4_096)));
    assert_eq!(
        (tail.timeout, tail.recent),
        (Duration::from_secs(10), Some((1_000, Duration::from_secs(2))))
    );
    let tenants = tail.tenants.unwrap();
    assert_eq!((&*tenants.key, tenants.most, tenants.default.share), ("customer", 10, Some(0.5)));
    assert_eq!(tenants.named[0].1.spans, Some(5.0));
}

#[test]
fn the_environment_chooses_a_profile() {
    let profile = |environment: &str| {
        let settings = honoured(&format!(
            "
resource: {{ attributes: [{{ name: deployment.environment.name, value: {environment} }}] }}
tracer_provider: {{ processors: [{{ simple: {{ exporter: {{ console: }} }} }}], sampler: {{ always_off: }} }}
distribution:
  trace-rs:
    profiles:
      staging: {{ share: 0.5 }}
      prod:
        share: 0.1
        rules: [{{ names: [checkout], share: 1.0 }}]
        tail_sampling: {{ share: 0.01 }}
"
        ));
        (settings.sampler.unwrap().name, settings.tail.map(|tail| tail.share))
    };
    let half = "CompositeSampler{ComposableParentThreshold{ComposableProbability{0.5}}}";
    assert_eq!(profile("staging"), (half.to_owned(), None));
    let (prod, tail) = profile("prod");
    assert_eq!(tail, Some(0.01));
    assert!(prod.contains("checkout") && prod.contains("ComposableProbability{0.1}"), "{prod}");
    assert_eq!(profile("dev").0, "AlwaysOffSampler");
}

#[test]
fn rules_stand_before_the_sampler() {
    let with = |sampler: &str| {
        format!(
            "tracer_provider: {{ processors: [{{ simple: {{ exporter: {{ console: }} }} }}]{sampler} }}
distribution: {{ trace-rs: {{ rules: [{{ names: ['GET /health*'], kinds: [server], share: 0 }}] }} }}"
        )
    };
    let name = |sampler| honoured(&with(sampler)).sampler.unwrap().name;
    let plain = name("");
    assert!(
        plain.contains("GET /health*") && plain.contains("ComposableParentThreshold"),
        "{plain}"
    );
    let composed = name(", sampler: { probability/development: { ratio: 0.25 } }");
    assert!(composed.contains("ComposableProbability{0.25}"), "{composed}");
    let error = read_text(&with(", sampler: { trace_id_ratio_based: }")).unwrap_err().to_string();
    assert!(error.contains("rules need a sampler that can be composed"), "{error}");
    assert!(error.contains(".yaml:3:29: "), "{error}");
}
