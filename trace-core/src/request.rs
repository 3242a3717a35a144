//! Lets requests choose how much is recorded of them, by baggage: which of it counts, and the level that
//! it asks for.
//!
//! Baggage of other services may come from clients, so it counts only for keys that the program trusts.

use crate::context::Baggage;
use crate::hooks;
use crate::in_force::{InForce, Seen};
use crate::level::Level;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The rules in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestRules {
    /// The keys whose entries count wherever they come from.
    pub trusted: Vec<String>,
    /// The key of the entry that asks for a level.
    pub level_key: Option<String>,
}

thread_local! {
    static SEEN: Seen<RequestRules> = const { Seen::nothing() };
}
static RULES: InForce<RequestRules> = InForce::new(&SEEN);

/// Holds this lock across forks.
pub fn keep_over_forks() {
    RULES.keep_over_forks();
}

/// Puts rules in force.
pub fn install(rules: RequestRules) {
    RULES.set((rules != RequestRules::default()).then(|| Arc::new(rules)));
}

/// Returns the entries that count: those of this process, and those of other services whose keys are
/// trusted.
pub(crate) fn trusted(baggage: Baggage) -> Baggage {
    if !baggage.has_remote() {
        return baggage;
    }
    RULES.with(|rules| {
        let trusted = rules.map_or(&[][..], |rules| &rules.trusted);
        baggage.without_remote(|key| trusted.iter().any(|trusted| trusted == key))
    })
}

/// Returns whether an entry of baggage counts.
pub fn counts(baggage: &Baggage, key: &str) -> bool {
    let is_trusted = |rules: &RequestRules| rules.trusted.iter().any(|trusted| trusted == key);
    !baggage.is_remote(key) || RULES.with(|rules| rules.is_some_and(is_trusted))
}

/// Whether a level was turned on for any request of this process.
static HAS_LEVELS: AtomicBool = AtomicBool::new(false);

/// Notes that a level is turned on for a request.
pub fn note_level() {
    HAS_LEVELS.store(true, Ordering::Relaxed);
}

/// Returns whether no baggage asks for anything.
// HOT: one load.
#[inline(always)]
pub(crate) fn asks_nothing() -> bool {
    RULES.is_nothing()
}

/// Returns whether no request has a level.
// HOT: two loads.
#[inline(always)]
pub(crate) fn have_no_levels() -> bool {
    asks_nothing() && !HAS_LEVELS.load(Ordering::Relaxed)
}

/// Returns the level that a request with this baggage asks for.
pub(crate) fn level_of(baggage: &Baggage) -> Option<Level> {
    if RULES.is_nothing() {
        return None;
    }
    let attached;
    let baggage = match baggage.is_empty() {
        false => baggage,
        true => {
            attached = hooks::attached_baggage();
            &attached
        }
    };
    RULES.with(|rules| {
        let rules = rules?;
        let key = rules.level_key.as_deref()?;
        let counts = !baggage.is_remote(key) || rules.trusted.iter().any(|it| it == key);
        baggage.get(key).filter(|_| counts)?.parse().ok()
    })
}
