//! Remembers, for each site and each name, the rules that can match.

use super::rule::{Rule, Verdict, mask_of, parent_kind};
use crate::sampler::{address_of_site, other_attributes, value_of};
use crate::sampling::SamplingInput;
use crate::sampling::text::fingerprint;
use crate::value::Value;
use std::cell::RefCell;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The rules that can match a span, in order.
pub(super) struct Plan {
    /// What is compared before a rule is looked at, for each of them.
    checks: Box<[Check]>,
    rules: Box<[PlannedRule]>,
}

/// A rule that can match.
pub(super) struct PlannedRule {
    pub(super) index: usize,
    /// The places of its attributes among the keys of the site.
    pub(super) keys: Box<[Option<usize>]>,
}

/// The facts by which most rules that do not match are left out.
struct Check {
    /// The fingerprint of the value of an attribute.
    fingerprint: u64,
    /// The place of that attribute among the keys of the site, or [`NO_KEY`].
    key: u16,
    /// The kinds of spans and of parents that the rule matches.
    masks: u16,
    /// Whether the rule matches whatever else is true of the span.
    is_certain: bool,
}

const NO_KEY: u16 = u16::MAX;

/// Returns the fingerprint of an attribute; `None`: it is not a string, or not the only one.
fn fingerprint_of(input: &SamplingInput<'_>, key: usize) -> Option<u64> {
    if other_attributes(input).next().is_some() {
        return None;
    }
    match value_of(input, key)? {
        Value::Static(text) | Value::Str(text) => Some(fingerprint(text)),
        _ => None,
    }
}

/// The number of plans that a thread remembers, by some bits of their keys.
const PLANS: usize = 64;
/// Plans for longer names are not remembered, which bounds the memory that a thread takes.
const LONGEST_NAME: usize = 128;

/// A plan and what it is for.
struct Entry {
    sampler: u64,
    site: usize,
    /// The span's name; `None`: that of the site.
    name: Option<Box<str>>,
    plan: Rc<Plan>,
}

thread_local! {
    // For each thread, so that looking a plan up writes nothing that other threads read, and a fork
    // finds no lock.
    static PLANS_OF_THREAD: RefCell<Vec<Option<Entry>>> = const { RefCell::new(Vec::new()) };
}

/// Returns a number that no other sampler of the process has.
pub(super) fn new_sampler() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Plan {
    /// Returns the plan for a span.
    pub(super) fn of(sampler: u64, rules: &[Rule], input: &SamplingInput<'_>) -> Rc<Self> {
        let name = input.has_own_name().then(|| input.name());
        if name.is_some_and(|name| name.len() > LONGEST_NAME) {
            return Rc::new(Self::make(rules, input));
        }
        let site = address_of_site(input);
        let slot = slot(sampler, site, name);
        let is_it = |entry: &&Entry| {
            entry.sampler == sampler && entry.site == site && entry.name.as_deref() == name
        };
        let known = PLANS_OF_THREAD.try_with(|plans| {
            let plans = plans.borrow();
            let entry = plans.get(slot).and_then(Option::as_ref).filter(is_it)?;
            Some(entry.plan.clone())
        });
        if let Ok(Some(plan)) = known {
            return plan;
        }
        let plan = Rc::new(Self::make(rules, input));
        let entry = Entry { sampler, site, name: name.map(Into::into), plan: plan.clone() };
        // A thread that ends remembers nothing.
        let _ = PLANS_OF_THREAD.try_with(|plans| {
            let mut plans = plans.borrow_mut();
            plans.resize_with(PLANS, || None);
            plans[slot] = Some(entry);
        });
        plan
    }

    fn make(rules: &[Rule], input: &SamplingInput<'_>) -> Self {
        let (site, name) = (input.site(), input.name());
        let (mut checks, mut planned) = (Vec::new(), Vec::new());
        for (index, rule) in rules.iter().enumerate() {
            match rule.matches_site(Some(name), Some(site)) {
                Verdict::Never => {}
                verdict => {
                    let is_certain = verdict == Verdict::Always;
                    let keys = rule.keys_at(site);
                    let (key, fingerprint) = rule.fingerprint(&keys).unwrap_or((NO_KEY, 0));
                    checks.push(Check { fingerprint, key, masks: rule.masks(), is_certain });
                    planned.push(PlannedRule { index, keys });
                    if is_certain {
                        break;
                    }
                }
            }
        }
        Self { checks: checks.into(), rules: planned.into() }
    }

    /// Returns the first rule that matches a span; `matches` compares what the checks do not.
    // HOT: a rule that does not match costs a few instructions on memory that is contiguous.
    #[inline]
    pub(super) fn first_match(
        &self,
        input: &SamplingInput<'_>,
        matches: impl Fn(&PlannedRule) -> bool,
    ) -> Option<usize> {
        let mask = mask_of(input.kind(), parent_kind(input));
        let (mut key, mut found) = (NO_KEY, None);
        for (check, rule) in self.checks.iter().zip(&self.rules) {
            if check.is_certain {
                return Some(rule.index);
            }
            if check.masks & mask != mask {
                continue;
            }
            if check.key != NO_KEY {
                if check.key != key {
                    (key, found) = (check.key, fingerprint_of(input, check.key.into()));
                }
                if found.is_some_and(|found| found != check.fingerprint) {
                    continue;
                }
            }
            if matches(rule) {
                return Some(rule.index);
            }
        }
        None
    }
}

fn slot(sampler: u64, site: usize, name: Option<&str>) -> usize {
    let of_name =
        name.map_or(0, |name| BuildHasherDefault::<DefaultHasher>::default().hash_one(name));
    let mixed = (sampler ^ (site as u64 >> 4) ^ of_name).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % PLANS
}
