//! Which traces are kept: the configuration of the plan, line by line. The README's table leads here.

use crate::tenants;
use clap::ValueEnum;
use std::time::Duration;
use trace_runtime::TelemetryBuilder;
use trace_runtime::sampling::{
    Adaptive, Composite, ParentThreshold, RateLimited, Rule, RuleBased, SamplingError, TailSampling,
};

/// A configuration of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sampling {
    /// Keeps all traces.
    Development,
    /// Keeps a share by tool, all errors, and slow traces.
    Production,
    /// Keeps about 200 spans per second, whatever the load; and all errors, and slow traces.
    Adaptive,
}

/// The spans per second that the adaptive sampler aims at.
const TARGET: f64 = 200.0;
/// The traces per second that the noisy customer may begin.
const NOISY_TRACES: f64 = 5.0;
/// The spans per second that are exported beside errors and slow traces.
const BUDGET: f64 = 1_000.0;
/// The spans per second of errors and slow traces.
const RESERVE: f64 = 5_000.0;
/// A tool call that takes longer is slow.
const SLOW: Duration = Duration::from_millis(150);

impl Sampling {
    /// Sets it on a pipeline that is being built.
    pub(crate) fn set_on(
        self,
        builder: TelemetryBuilder,
    ) -> Result<TelemetryBuilder, SamplingError> {
        Ok(match self {
            // default: 1.0
            Self::Development => builder,
            Self::Production => {
                builder.with_sampler(Composite::new(rules()?)).with_tail_sampling(tail())
            }
            Self::Adaptive => {
                let adaptive = Composite::new(ParentThreshold::new(Adaptive::new(TARGET)?));
                builder.with_sampler(adaptive).with_tail_sampling(tail())
            }
        })
    }
}

/// Returns the decisions about traces that begin. The first rule that matches decides.
pub(crate) fn rules() -> Result<RuleBased, SamplingError> {
    RuleBased::new([
        // Customer opt-in: all traces of customers who have agreed.
        Rule::keeping(1.0).with_baggage("tenant", [tenants::OPTED_IN]),
        // Per-customer rules: a limit for one that is known to be noisy.
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

/// Returns the decisions about traces that have ended, beside those of the rules.
fn tail() -> TailSampling {
    // What the rules have kept stays kept.
    TailSampling::new(1.0)
        // { pattern: 'tool.*.error', rate: 1.0 }
        .with_errors(true)
        // Tail-based sampling: slow traces, and those of changes that were refused upstream.
        .with_slow_named("tools/call *", SLOW)
        .with_attribute("error.type", "locked")
        // Rate limiting and quotas.
        .with_budget(BUDGET)
        .with_reserve(RESERVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::RangeInclusive;
    use trace_runtime::{Baggage, in_span};
    use trace_testkit::Capture;

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
        let t = Capture::builder().with_sampler(Composite::new(rules().unwrap())).start();
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
    fn customers_have_rates_of_their_choice() {
        let t = Capture::builder().with_sampler(Composite::new(rules().unwrap())).start();
        assert_eq!(kept(&t, "tools/call property.list", tenants::OPTED_IN, 1_000), 1_000);
        // The clock of a capture stands still unless it is moved, so all of them arrive within a second.
        let noisy = kept(&t, "tools/call property.list", tenants::NOISY, 1_000);
        assert!((1..=5).contains(&noisy), "{noisy}");
    }
}
