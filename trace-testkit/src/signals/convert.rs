//! Converts what metrics and logs of the SDK share: attributes, instrumentation scope, times.

use crate::model::{Attribute, ScopeData};
use crate::runtime::recorded;
use opentelemetry::{InstrumentationScope, KeyValue};
use std::time::SystemTime;

pub(super) fn attributes<'a>(pairs: impl Iterator<Item = &'a KeyValue>) -> Vec<Attribute> {
    pairs.map(|pair| (pair.key.to_string(), recorded(&pair.value).into())).collect()
}

pub(super) fn scope(scope: &InstrumentationScope) -> ScopeData {
    ScopeData {
        name: scope.name().to_owned(),
        version: scope.version().unwrap_or_default().to_owned(),
        attributes: attributes(scope.attributes()),
        schema_url: scope.schema_url().unwrap_or_default().to_owned(),
    }
}

/// 0 for times before the epoch.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
