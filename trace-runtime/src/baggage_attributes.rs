//! Copies baggage onto spans as attributes: only the keys that the program has allowed,
//! because baggage comes from outside.

use crate::context::Baggage;
use crate::hooks;
use crate::recorder::late;
use crate::request;
use crate::value::Value;
use arc_swap::ArcSwapOption;
use std::borrow::Cow;
use std::sync::Arc;

static ALLOWED: ArcSwapOption<Vec<String>> = ArcSwapOption::const_empty();
/// The attribute that names the tenant of a trace.
static TENANT: ArcSwapOption<String> = ArcSwapOption::const_empty();

/// Sets the attribute that names the tenant of a trace, which baggage of other services may set only if its
/// key is trusted.
pub(crate) fn set_tenant_key(key: Option<String>) {
    TENANT.store(key.map(Arc::new));
}

/// Allows only these keys.
pub(crate) fn install(keys: Vec<String>) {
    let has_any = !keys.is_empty();
    ALLOWED.store(has_any.then(|| Arc::new(keys)));
    hooks::describe_roots(has_any);
}

/// Adds the allowed entries of its baggage to the span of a local root.
pub(crate) fn describe(serial: u64, baggage: &Baggage) {
    let allowed = ALLOWED.load();
    let Some(allowed) = allowed.as_ref() else { return };
    let attached;
    let baggage = if baggage.is_empty() {
        attached = hooks::attached_baggage();
        &attached
    } else {
        baggage
    };
    let tenant = TENANT.load();
    let may_set = |key: &&String| {
        tenant.as_ref().is_none_or(|tenant| **tenant != **key) || request::counts(baggage, key)
    };
    let pairs: Vec<_> = allowed
        .iter()
        .filter(may_set)
        .filter_map(|key| Some((Cow::Owned(key.clone()), Value::Str(baggage.get(key)?))))
        .collect();
    if !pairs.is_empty() {
        late::fields(serial, &pairs);
    }
}
