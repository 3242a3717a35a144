//! The runtime with samplers in force: what rules cost the calls that they match, and the others.

use trace_runtime::sampling::{
    AlwaysOff, AlwaysOn, Composable, Composite, ParentKind, ParentThreshold, Rule, RuleBased,
};
use trace_runtime::{Telemetry, trace};

use super::{Ours, RECEIVED, set};
use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, NullExporter};
use crate::operation::{Operation, body, timed};

/// The runtime with a sampler that keeps everything.
#[derive(Debug)]
pub struct Sampled(Rules);

/// The rules of the sampler. The last one, of which there are ten others before it, keeps all traces.
#[derive(Debug, Clone, Copy)]
enum Rules {
    None,
    NoMatch,
    ByName,
    ByAttribute,
}

/// All of them.
pub const SAMPLED: [&dyn Candidate; 4] = [
    &Sampled(Rules::None),
    &Sampled(Rules::NoMatch),
    &Sampled(Rules::ByName),
    &Sampled(Rules::ByAttribute),
];

impl Rules {
    fn composed(self) -> Box<dyn Composable> {
        let keeping = || ParentThreshold::new(AlwaysOn);
        let matching = match self {
            Self::None => return Box::new(keeping()),
            Self::NoMatch => Rule::new(AlwaysOff).with_names(["tool.*.error"]),
            Self::ByName => Rule::new(keeping()).with_names(["child*", "root_*"]),
            Self::ByAttribute => by_attribute(Rule::new(keeping()), "gold"),
        };
        let others = (0..9).map(|number| match self {
            Self::ByAttribute => by_attribute(Rule::new(AlwaysOff), &format!("tier {number}")),
            _ => Rule::new(AlwaysOff).with_names([format!("tool.{number}.*")]),
        });
        let rules = RuleBased::new(others.chain([matching, Rule::new(keeping())]));
        Box::new(rules.unwrap_or_else(|error| panic!("the rules are invalid: {error}")))
    }
}

fn by_attribute(rule: Rule, tier: &str) -> Rule {
    rule.with_attribute_values("tier", [tier]).with_parents([ParentKind::None])
}

#[inline(never)]
#[trace(root, attrs(tier))]
fn root_tier(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

impl Candidate for Sampled {
    fn name(&self) -> &'static str {
        match self.0 {
            Rules::None => "sampled: no rules",
            Rules::NoMatch => "sampled: 10 rules that do not match",
            Rules::ByName => "sampled: 10 rules by name",
            Rules::ByAttribute => "sampled: 10 rules by attribute",
        }
    }

    fn install(&self, _load: Load) {
        set(Telemetry::builder()
            .with_otel_span_exporter(NullExporter(&RECEIVED))
            .with_sampler(Composite::new(self.0.composed())));
    }

    fn is_alone(&self) -> bool {
        true
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        match operation {
            Operation::Root => Some(Burst::recorded(timed(calls, root_tier), 0)),
            Operation::Unsampled | Operation::Child | Operation::ChildAttributes => {
                Ours.burst(operation, calls)
            }
            _ => None,
        }
    }

    fn settle(&self) {
        Ours.settle();
    }

    fn received(&self) -> Counts {
        Ours.received()
    }
}
