//! Asks the sampler of the first rule that matches a span.

mod plan;
mod rule;

pub use rule::{ParentKind, Rule};

use super::SamplingInput;
use super::composable::{Composable, ForChildren, SamplingIntent};
use super::error::SamplingError;
use crate::site::SiteInfo;
use plan::{Plan, PlannedRule};
use rule::{Verdict, fixed_name};

/// Asks the sampler of the first rule that matches a span; a span that no rule matches is dropped
/// ([ComposableRuleBased](https://opentelemetry.io/docs/specs/otel/trace/sdk/#composablerulebased)).
///
/// Rules are asked about every span that one of them may treat differently from its parent. If the
/// last rule is [`ParentThreshold`](super::ParentThreshold) without conditions, as in the example, spans
/// that no other rule can match follow their parent, and cost what they cost without rules.
///
/// ```
/// use trace_runtime::SpanKind;
/// use trace_runtime::sampling::{
///     AlwaysOff, AlwaysOn, Composite, ParentThreshold, Rule, RuleBased,
/// };
///
/// let no_pings = Rule::new(AlwaysOff)
///     .with_kinds([SpanKind::Client])
///     .with_attribute_values("db.operation.name", ["PING"]);
/// let all_others = Rule::new(ParentThreshold::new(AlwaysOn));
/// let sampler = Composite::new(RuleBased::new([no_pings, all_others])?);
/// # let _ = sampler;
/// # Ok::<(), trace_runtime::sampling::SamplingError>(())
/// ```
#[derive(Debug)]
pub struct RuleBased {
    rules: Box<[Rule]>,
    /// Distinguishes what threads remember of it.
    number: u64,
}

impl RuleBased {
    /// Creates a sampler with these rules, in order.
    ///
    /// # Errors
    /// If a condition of a rule is invalid: the error names the rule, the condition, and what is
    /// allowed.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Result<Self, SamplingError> {
        let rules: Box<[Rule]> = rules.into_iter().collect();
        let error = rules.iter().zip(1..).find_map(|(rule, number)| rule.error(number));
        match error {
            Some(error) => Err(error),
            None => Ok(Self { rules, number: plan::new_sampler() }),
        }
    }

    /// Returns the rules that may decide about children at `site`, or at any, and whether one of them
    /// always does.
    fn for_site(&self, site: Option<&SiteInfo>) -> (Vec<&Rule>, bool) {
        let mut possible = Vec::new();
        for rule in &self.rules {
            match rule.matches_children(site) {
                Verdict::Never => {}
                Verdict::Maybe => possible.push(rule),
                Verdict::Always => {
                    possible.push(rule);
                    return (possible, true);
                }
            }
        }
        (possible, false)
    }
}

impl Composable for RuleBased {
    fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
        let plan = Plan::of(self.number, &self.rules, input);
        let matches = |rule: &PlannedRule| self.rules[rule.index].matches_span(input, &rule.keys);
        let rule = plan.first_match(input, matches).map(|index| &self.rules[index]);
        rule.map_or(SamplingIntent::DROP, |rule| rule.intent(input))
    }

    fn for_children(&self, site: Option<&SiteInfo>) -> ForChildren {
        if let Some(first) = self.rules.first().filter(|rule| rule.has_no_conditions()) {
            return first.for_children(site);
        }
        let (possible, one_matches) = self.for_site(site);
        let as_parent = |rule: &&Rule| rule.for_children(site) == ForChildren::AsParent;
        match one_matches && possible.iter().all(as_parent) {
            true => ForChildren::AsParent,
            false => ForChildren::Own,
        }
    }

    fn reads_attributes(&self, site: Option<&SiteInfo>) -> bool {
        for rule in &self.rules {
            match rule.matches_site(fixed_name(site), site) {
                Verdict::Never => {}
                Verdict::Maybe if rule.reads_attributes(site) => return true,
                Verdict::Maybe => {}
                Verdict::Always => return rule.reads_attributes(site),
            }
        }
        false
    }

    fn name_patterns(&self) -> Vec<String> {
        self.rules.iter().flat_map(Rule::name_patterns).collect()
    }

    fn describe(&self) -> String {
        let rules: Vec<_> = self.rules.iter().map(Rule::describe).collect();
        format!("ComposableRuleBased{{[{}]}}", rules.join(","))
    }
}
