//! Assigns traces to the routes of their tenants, as they begin.
//!
//! The number of a route is part of the context of each span, so what a request starts on other threads has
//! the route of the request.

use super::{
    AlwaysOn, Decision, ParentBased, Sampler, SamplerNeeds, SamplingInput, SamplingResult,
};
use crate::caught::caught;
use crate::recorder::fork;
use crate::sampler::with_route;
use crate::site::SiteInfo;
use crate::value::to_text;
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The number of a route; each tenant that has one keeps it until the process ends, so a context that outlives
/// its pipeline never names another tenant.
pub(crate) type RouteNumber = u8;

/// The route of what belongs to no tenant that has one.
pub(crate) const NO_ROUTE: RouteNumber = 0;
/// The number of tenants that may have routes in a process.
pub(crate) const MOST_ROUTES: usize = RouteNumber::MAX as usize;
/// Longer names of tenants, in bytes, have no routes.
const LONGEST_NAME: usize = 256;

/// The tenants of this process that have numbers, in their order, from 1.
static NUMBERED: Mutex<Vec<Arc<str>>> = Mutex::new(Vec::new());

/// Holds this lock across forks.
pub(crate) fn keep_over_forks() {
    fork::keep(&NUMBERED, fork::unchanged);
}

/// Returns the number of a tenant; `None` if all are taken.
fn number_of(name: &str) -> Option<(Arc<str>, RouteNumber)> {
    let mut numbered = NUMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    let place = match numbered.iter().position(|known| **known == *name) {
        Some(place) => place,
        None if numbered.len() >= MOST_ROUTES => return None,
        None => {
            numbered.push(name.into());
            numbered.len() - 1
        }
    };
    Some((numbered[place].clone(), RouteNumber::try_from(place + 1).ok()?))
}

/// The tenants of a pipeline that have routes.
#[derive(Debug)]
pub(crate) struct RouteTable {
    key: String,
    known: ArcSwap<HashMap<Arc<str>, RouteNumber>>,
    /// The number of tenants that may be known, and whether that is more than those that are named.
    most: usize,
    takes_more: bool,
    is_exhausted: AtomicBool,
}

impl RouteTable {
    /// Creates a table of these tenants; up to `more` others get a route once they are seen.
    pub(crate) fn new<'a>(key: &str, named: impl Iterator<Item = &'a str>, more: usize) -> Self {
        let known: HashMap<_, _> = named.filter_map(number_of).collect();
        let most = known.len() + more;
        Self {
            key: key.to_owned(),
            known: ArcSwap::from_pointee(known),
            most,
            takes_more: more > 0,
            is_exhausted: AtomicBool::new(false),
        }
    }

    /// Returns the number of a tenant's route.
    pub(crate) fn number(&self, tenant: &str) -> RouteNumber {
        let known = self.known.load();
        match known.get(tenant) {
            Some(&number) => number,
            None if self.most == known.len() => {
                // HOT: each root of such a tenant comes here, and only reads.
                if self.takes_more && !self.is_exhausted() {
                    self.is_exhausted.store(true, Ordering::Relaxed);
                }
                NO_ROUTE
            }
            None if !may_be_in_header(tenant) => NO_ROUTE,
            None => self.add(tenant),
        }
    }

    #[cold]
    fn add(&self, tenant: &str) -> RouteNumber {
        let Some((tenant, number)) = number_of(tenant) else {
            self.is_exhausted.store(true, Ordering::Relaxed);
            return NO_ROUTE;
        };
        self.known.rcu(|known| {
            let mut known = HashMap::clone(known);
            if known.len() < self.most {
                known.insert(tenant.clone(), number);
            }
            known
        });
        self.known.load().get(&tenant).copied().unwrap_or(NO_ROUTE)
    }

    /// Returns the tenant with a route of this number.
    pub(crate) fn tenant(&self, number: RouteNumber) -> Option<Arc<str>> {
        let known = self.known.load();
        known.iter().find(|(_, known)| **known == number).map(|(tenant, _)| tenant.clone())
    }

    /// Returns whether a tenant got no route because others have them all.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted.load(Ordering::Relaxed)
    }

    /// Returns the route of a trace that begins: by an attribute of its local root, else by baggage that
    /// counts.
    fn of(&self, input: &SamplingInput<'_>) -> RouteNumber {
        if let Some((_, value)) = input.attributes().find(|(key, _)| *key == self.key) {
            return self.number(&to_text(value));
        }
        input.trusted_baggage().get(&self.key).map_or(NO_ROUTE, |tenant| self.number(tenant))
    }
}

/// Returns whether a name may be the value of a header, and is not too long.
fn may_be_in_header(name: &str) -> bool {
    let is_visible = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_visible) && name.trim() == name
}

/// The sampler in force, with the route of each trace.
#[derive(Debug)]
pub(crate) struct Routed {
    table: Arc<RouteTable>,
    sampler: Arc<dyn Sampler>,
}

impl Routed {
    /// Adds routes to the answers of `sampler`; `None` stands for the specification's default.
    pub(crate) fn new(table: Arc<RouteTable>, sampler: Option<Arc<dyn Sampler>>) -> Self {
        let by_default = || Arc::new(ParentBased::new(AlwaysOn)) as Arc<dyn Sampler>;
        Self { table, sampler: sampler.unwrap_or_else(by_default) }
    }
}

impl Sampler for Routed {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        self.result(input).decision()
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        // Where the sampler panics, the trace is recorded, and belongs to its tenant all the same.
        let result = caught(|| self.sampler.result(input));
        let result = result.unwrap_or_else(|_| Decision::RecordAndSample.into());
        match input.parent() {
            Some(parent) if !parent.is_remote() => result,
            _ => with_route(result, self.table.of(input)),
        }
    }

    fn needs(&self) -> SamplerNeeds {
        self.sampler.needs().with_attributes()
    }

    fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
        let needs = self.sampler.needs_at(site);
        if site.keys.contains(&&*self.table.key) { needs.with_attributes() } else { needs }
    }

    fn name_patterns(&self) -> Vec<String> {
        self.sampler.name_patterns()
    }

    fn description(&self) -> String {
        self.sampler.description()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::testing::{child, parent, root};

    #[test]
    fn tenants_keep_their_numbers_and_the_rest_has_none() {
        let table = RouteTable::new("tenant", ["routed-acme", "routed-umbrella"].into_iter(), 1);
        let acme = table.number("routed-acme");
        assert!(acme != NO_ROUTE && table.number("routed-umbrella") != acme);
        assert_eq!(table.tenant(acme).as_deref(), Some("routed-acme"));
        assert_eq!(table.number("line\r\nbreak"), NO_ROUTE);
        assert_eq!(table.number(&"x".repeat(LONGEST_NAME + 1)), NO_ROUTE);
        let initech = table.number("routed-initech");
        assert!(initech != NO_ROUTE && !table.is_exhausted());
        assert_eq!(table.number("routed-hooli"), NO_ROUTE);
        assert!(table.is_exhausted());
        let next = RouteTable::new("tenant", ["routed-initech"].into_iter(), 0);
        assert!(next.number("routed-hooli") == NO_ROUTE && !next.is_exhausted());
        assert_eq!(next.number("routed-initech"), initech);
        assert_eq!(next.number("routed-acme"), NO_ROUTE);
    }

    #[test]
    fn the_default_decides_where_there_is_no_sampler() {
        let table = Arc::new(RouteTable::new("tenant", std::iter::empty(), 0));
        let sampler = Routed::new(table, None);
        assert_eq!(sampler.sample(&root(1)), Decision::RecordAndSample);
        let unsampled = parent(true, false);
        assert_eq!(sampler.sample(&child(1, Some(&unsampled))), Decision::Drop);
    }
}
