//! Remembers, for each site and each name, the rules that can match.

use super::rule::{Rule, Verdict};
use crate::sampler::address_of_site;
use crate::sampling::SamplingInput;
use std::cell::RefCell;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The rules that can match a span, in order.
pub(super) struct Plan {
    pub(super) rules: Box<[PlannedRule]>,
}

/// A rule that can match.
pub(super) struct PlannedRule {
    pub(super) index: usize,
    /// Whether it matches whatever else is true of the span.
    pub(super) is_certain: bool,
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
        let mut planned = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            match rule.matches_site(Some(input.name()), Some(input.site())) {
                Verdict::Never => {}
                Verdict::Maybe => planned.push(PlannedRule { index, is_certain: false }),
                Verdict::Always => {
                    planned.push(PlannedRule { index, is_certain: true });
                    break;
                }
            }
        }
        Self { rules: planned.into() }
    }
}

fn slot(sampler: u64, site: usize, name: Option<&str>) -> usize {
    let of_name =
        name.map_or(0, |name| BuildHasherDefault::<DefaultHasher>::default().hash_one(name));
    let mixed = (sampler ^ (site as u64 >> 4) ^ of_name).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % PLANS
}
