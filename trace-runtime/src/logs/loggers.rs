//! Rules for loggers by their names: which are off, and which of their records are dropped.

use crate::sampling::Glob;
use arc_swap::ArcSwapOption;
use opentelemetry::logs::Severity;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The rules for loggers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoggerRules {
    /// The rule for loggers that no pattern matches.
    pub(crate) others: LoggerRule,
    /// Patterns of names; the first that matches decides.
    pub(crate) named: Vec<(Glob, LoggerRule)>,
}

/// What applies to the records of a logger. By default, all are emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoggerRule {
    pub(crate) is_off: bool,
    /// The number of the least severity that is emitted; 0: all are, and so is a record without one.
    pub(crate) least: u8,
    /// Whether the records of spans that are not sampled are dropped.
    pub(crate) is_trace_based: bool,
}

impl LoggerRules {
    fn rule_for(&self, name: &str) -> LoggerRule {
        let named = self.named.iter().find(|(pattern, _)| pattern.matches(name));
        named.map_or(self.others, |(_, rule)| *rule)
    }
}

/// A record, as far as rules look at it.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// The name of its logger: its target, which bridges set for each record, or else that of the scope, as
    /// exporters name it. `None`: it is not known yet.
    pub(super) logger: Option<&'a str>,
    pub(super) severity: Option<Severity>,
    /// Whether it is known to belong to a span that is not sampled.
    pub(super) is_unsampled: bool,
}

impl LoggerRule {
    fn takes(self, record: Candidate<'_>) -> bool {
        let is_severe = record.severity.is_none_or(|severity| severity as u8 >= self.least);
        !self.is_off && is_severe && !(self.is_trace_based && record.is_unsampled)
    }

    /// Returns it as a number below 128.
    fn packed(self) -> u8 {
        u8::from(self.is_off) | u8::from(self.is_trace_based) << 1 | self.least.min(31) << 2
    }

    fn unpacked(bits: u8) -> Self {
        Self { is_off: bits & 1 != 0, is_trace_based: bits & 2 != 0, least: bits >> 2 & 31 }
    }
}

/// The rules of a pipeline, which may change while it runs.
#[derive(Default)]
pub(super) struct Loggers {
    /// Whether there are any; cheaper to read than they are.
    are_ruled: AtomicBool,
    rules: ArcSwapOption<Found>,
}

impl Loggers {
    pub(super) fn new(rules: LoggerRules) -> Self {
        let loggers = Self::default();
        loggers.set(rules);
        loggers
    }

    /// Puts rules in force. A record that is being emitted may still get those before.
    pub(super) fn set(&self, rules: LoggerRules) {
        let rules = (rules != LoggerRules::default()).then(|| Arc::new(Found::new(rules)));
        let are_ruled = rules.is_some();
        self.rules.store(rules);
        self.are_ruled.store(are_ruled, Ordering::Release);
    }

    /// Returns whether there are rules.
    pub(super) fn are_ruled(&self) -> bool {
        self.are_ruled.load(Ordering::Acquire)
    }

    /// Returns whether the rules let a record pass; `candidate` is only called if there are any.
    // HOT: called for every record.
    #[inline]
    pub(super) fn take<'a>(&self, candidate: impl FnOnce() -> Candidate<'a>) -> bool {
        !self.are_ruled() || self.take_by_rule(candidate())
    }

    #[inline(never)]
    fn take_by_rule(&self, record: Candidate<'_>) -> bool {
        let (Some(rules), Some(logger)) = (&*self.rules.load(), record.logger) else {
            return true;
        };
        rules.rule_for(logger).takes(record)
    }
}

/// The number of names whose rule is remembered, a power of two.
const NAMES: usize = 1024;

/// A bit of every word that remembers a rule.
const IS_KNOWN: u64 = 0x80;

/// Rules, and what they say about the names that were seen last, so that patterns are compared once for each.
struct Found {
    rules: LoggerRules,
    /// Keyed, because names may come from outside.
    hashes: RandomState,
    /// The rule for a name in the lowest byte, and the rest of a hash of the name above it. The lowest bits of the hash
    /// choose the place, so all of it is compared.
    seen: Box<[AtomicU64]>,
}

impl Found {
    fn new(rules: LoggerRules) -> Self {
        let seen = (0..NAMES).map(|_| AtomicU64::new(0)).collect();
        Self { rules, hashes: RandomState::new(), seen }
    }

    fn rule_for(&self, name: &str) -> LoggerRule {
        let hash = self.hashes.hash_one(name);
        let place = &self.seen[hash as usize % NAMES];
        let known = place.load(Ordering::Relaxed);
        if (known ^ hash) >> 8 == 0 && known & IS_KNOWN != 0 {
            return LoggerRule::unpacked(known as u8 & 0x7f);
        }
        let rule = self.rules.rule_for(name);
        place.store(hash & !0xff | IS_KNOWN | u64::from(rule.packed()), Ordering::Relaxed);
        rule
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_remembered_as_they_are() {
        for least in 0..=24 {
            for (is_off, is_trace_based) in [(false, false), (false, true), (true, false)] {
                let rule = LoggerRule { is_off, least, is_trace_based };
                assert_eq!(LoggerRule::unpacked(rule.packed()), rule);
            }
        }
    }

    #[test]
    fn more_names_than_are_remembered_get_their_rules() {
        let off = LoggerRule { is_off: true, ..LoggerRule::default() };
        let named = vec![(Glob::new("noisy.*"), off)];
        let found = Found::new(LoggerRules { named, ..LoggerRules::default() });
        for _ in 0..2 {
            for number in 0..4 * NAMES {
                assert!(found.rule_for(&format!("noisy.{number}")).is_off);
                assert!(!found.rule_for(&format!("quiet.{number}")).is_off);
            }
        }
    }
}
