//! Which traces are kept: the configuration of the plan, line by line. The README's table leads here.

use crate::tenants;
use clap::ValueEnum;
use serde::Deserialize;
use std::time::Duration;
use trace_runtime::sampling::{
    Adaptive, AlwaysOn, Composite, ParentThreshold, Probability, RateLimited, Rule, RuleBased,
    Sampler, SamplingError, TailSampling, TenantLimits, Tenants,
};
use trace_runtime::{Level, SamplingHandle};

/// A configuration of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sampling {
    /// Keeps all traces.
    Development,
    /// Keeps one trace in ten, all errors, and slow traces: the first step of a rollout.
    Canary,
    /// Keeps a share by tool and customer, all errors, and slow traces.
    Production,
    /// Keeps about 200 spans per second, whatever the load; and all errors, and slow traces.
    Adaptive,
}

/// The spans per second that the adaptive sampler aims at.
const TARGET: f64 = 200.0;
/// The traces per second that the noisy customer may begin.
const NOISY_TRACES: f64 = 5.0;
/// The spans per second that are exported of the noisy customer, whatever speaks for them.
const NOISY_SPANS: f64 = 10.0;
/// The spans per second that are exported of each other customer.
const SPANS: f64 = 1_000.0;
/// The spans per second of all customers that are exported beside errors and slow traces.
const BUDGET: f64 = 1_000.0;
/// The spans per second of errors and slow traces.
const RESERVE: f64 = 5_000.0;
/// A tool call that takes longer is slow.
const SLOW: Duration = Duration::from_millis(150);

impl Sampling {
    /// Returns the decisions about traces that begin.
    pub(crate) fn sampler(self) -> Result<Box<dyn Sampler>, SamplingError> {
        Ok(match self {
            // default: 1.0
            Self::Development => Box::new(Composite::new(ParentThreshold::new(AlwaysOn))),
            // Canary deployment: 10 % of requests.
            Self::Canary => Box::new(Composite::new(ParentThreshold::new(Probability::new(0.1)?))),
            Self::Production => Box::new(Composite::new(rules()?)),
            // Adaptive sampling.
            Self::Adaptive => {
                Box::new(Composite::new(ParentThreshold::new(Adaptive::new(TARGET)?)))
            }
        })
    }

    /// Returns the decisions about traces that have ended. What the sampler has kept stays kept.
    pub(crate) fn tail(self) -> TailSampling {
        let all = TailSampling::new(1.0);
        match self {
            Self::Development => all,
            Self::Canary | Self::Production | Self::Adaptive => all
                // { pattern: 'tool.*.error', rate: 1.0 }
                .with_errors(true)
                // Tail-based sampling: slow calls of tools, and changes that were refused upstream.
                .with_slow_named("tools/call *", SLOW)
                .with_attribute("error.type", "locked")
                // Rate limiting.
                .with_budget(BUDGET)
                .with_reserve(RESERVE)
                // Quotas for each customer.
                .with_tenants(quotas()),
        }
    }

    /// Puts this configuration in force, while the server runs.
    pub(crate) fn apply(self, sampling: &SamplingHandle) -> Result<(), SamplingError> {
        sampling.set_tail(self.tail())?;
        sampling.set_sampler(self.sampler()?)
    }
}

/// Returns the rules of production. The first that matches a trace decides about it.
fn rules() -> Result<RuleBased, SamplingError> {
    RuleBased::new([
        // Customer opt-in: all traces of customers who have agreed, in detail.
        Rule::keeping(1.0).with_baggage("tenant", [tenants::OPTED_IN]).with_level(Level::Debug),
        // Per-customer sampling rules: a limit for one that is known to be noisy.
        Rule::new(ParentThreshold::new(RateLimited::new(NOISY_TRACES)?))
            .with_baggage("tenant", [tenants::NOISY]),
        // { pattern: 'tool.property.*', rate: 0.01 }
        Rule::keeping(0.01).with_names(["tools/call property.*"]),
        // { pattern: 'api.akamai.*', rate: 0.05 }: where such a call begins a trace, as in background work.
        Rule::keeping(0.05).with_names(["api.edge.*"]),
        // default: 0.1
        Rule::keeping(0.1),
    ])
}

/// Returns the quotas of the customers. The customer is an attribute of each tool call.
fn quotas() -> Tenants {
    Tenants::by("tenant")
        .with_default(TenantLimits::new().with_spans_per_second(SPANS))
        .with_tenant(tenants::NOISY, TenantLimits::new().with_spans_per_second(NOISY_SPANS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::RangeInclusive;
    use trace_runtime::{Baggage, in_span};
    use trace_testkit::Capture;

    fn capture(sampling: Sampling) -> Capture {
        Capture::builder().with_sampler(sampling.sampler().unwrap()).start()
    }

    /// Counts the kept of `calls` traces that begin with this name, for this customer.
    fn kept(t: &Capture, name: &'static str, tenant: &str, calls: usize) -> usize {
        let before = t.spans().len();
        let _customer = Baggage::new().with_entry("tenant", tenant).attach();
        (0..calls).for_each(|_| in_span(name, |_| ()));
        t.spans().len() - before
    }

    /// The counts within four standard deviations of the expected one.
    fn about(calls: usize, share: f64) -> RangeInclusive<usize> {
        let (expected, variance) = (calls as f64 * share, calls as f64 * share * (1.0 - share));
        let spread = 4.0 * variance.sqrt();
        (expected - spread) as usize..=(expected + spread).ceil() as usize
    }

    #[test]
    fn rates_are_those_of_the_plan() {
        let t = capture(Sampling::Production);
        for (name, share) in [
            ("tools/call property.list", 0.01),
            ("tools/call property.activate", 0.01),
            ("api.edge.renew", 0.05),
            ("tools/call dns.change", 0.1),
        ] {
            let kept = kept(&t, name, "globex", 25_000);
            assert!(about(25_000, share).contains(&kept), "{name}: {kept}");
        }
    }

    #[test]
    fn a_canary_keeps_one_trace_in_ten() {
        let t = capture(Sampling::Canary);
        let kept = kept(&t, "tools/call property.list", "globex", 10_000);
        assert!(about(10_000, 0.1).contains(&kept), "{kept}");
    }

    #[test]
    fn customers_differ() {
        let t = capture(Sampling::Production);
        assert_eq!(kept(&t, "tools/call property.list", tenants::OPTED_IN, 1_000), 1_000);
        // The clock of a capture stands still unless it is moved, so all of them arrive within a second.
        let noisy = kept(&t, "tools/call property.list", tenants::NOISY, 1_000);
        assert!((1..=5).contains(&noisy), "{noisy}");
    }
}
