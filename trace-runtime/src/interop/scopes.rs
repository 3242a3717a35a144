//! Keeps the sites of spans that are started through OpenTelemetry's API or read from files: one per
//! instrumentation scope.

use crate::recorder::fork;
use crate::site::Site;
use opentelemetry::InstrumentationScope;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// A program that names scopes by its data creates too many; beyond this number they share one.
const MOST_SCOPES: usize = 4_096;
const OTHERS: &str = "other";

static SITES: RwLock<Option<HashMap<InstrumentationScope, &'static Site>>> = RwLock::new(None);

/// Makes forks wait until no other thread holds the lock of this table.
pub(super) fn keep_over_forks() {
    fork::keep(&SITES, fork::unchanged);
}

/// Returns the site of a scope; created once and kept.
pub(crate) fn site_of(scope: InstrumentationScope) -> &'static Site {
    let known = SITES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = known.as_ref().and_then(|sites| sites.get(&scope)) {
        return site;
    }
    drop(known);
    let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
    let sites = sites.get_or_insert_default();
    let scope = if sites.len() < MOST_SCOPES || sites.contains_key(&scope) {
        scope
    } else {
        InstrumentationScope::builder(OTHERS).build()
    };
    sites.entry(scope.clone()).or_insert_with(|| Site::of_scope(scope))
}
