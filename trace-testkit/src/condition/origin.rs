//! Checks a span's name and kind, and the library and program that recorded it.

use super::attributes::all_differ;
use super::subject::Condition;
use crate::matcher::{Match, Operand};
use crate::names;
use trace_runtime::SpanKind;

pub(crate) fn named(expected: impl Into<Match>) -> Condition {
    let expected = expected.into();
    Condition::one(format!("name {expected}"), move |subject| {
        let mismatch = expected.mismatch(&subject.span.name.as_str().into())?;
        Some(format!("name: {mismatch}"))
    })
}

pub(crate) fn kind(expected: SpanKind) -> Condition {
    Condition::one(format!("kind {expected:?}"), move |subject| {
        let actual = subject.span.kind;
        (actual != expected).then(|| format!("kind: expected {expected:?}, is {actual:?}"))
    })
}

pub(crate) fn scope(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("scope {name}"), move |subject| {
        let mismatch = name.mismatch(&subject.span.scope.name.as_str().into())?;
        Some(format!("scope: {mismatch}"))
    })
}

pub(crate) fn scope_version(version: impl Into<Match>) -> Condition {
    let version = version.into();
    Condition::one(format!("scope version {version}"), move |subject| {
        let mismatch = version.mismatch(&subject.span.scope.version.as_str().into())?;
        Some(format!("scope version: {mismatch}"))
    })
}

pub(crate) fn scope_attribute(key: impl Into<String>, value: impl Into<Match>) -> Condition {
    let expected = [(key.into(), value.into())];
    Condition::new(format!("scope {} = {}", expected[0].0, expected[0].1), move |subject| {
        let mismatches = all_differ(&subject.span.scope.attributes, &expected, false);
        mismatches.into_iter().map(|mismatch| format!("scope {mismatch}")).collect()
    })
}

pub(crate) fn schema_url(url: impl Into<Match>) -> Condition {
    let url = url.into();
    Condition::one(format!("schema {url}"), move |subject| {
        let mismatch = url.mismatch(&subject.span.resource.schema_url.as_str().into())?;
        Some(format!("schema: {mismatch}"))
    })
}

pub(crate) fn resource(key: impl Into<String>, value: impl Into<Match>) -> Condition {
    let (key, value) = (key.into(), value.into());
    Condition::one(format!("resource {key} = {value}"), move |subject| {
        let resource = &subject.span.resource;
        match resource.attribute(&key) {
            Some(actual) => {
                let mismatch = value.mismatch(&Operand::from(actual.clone()))?;
                Some(format!("resource {key}: {mismatch}"))
            }
            None => {
                let keys = resource.attributes.iter().map(|(key, _)| key.as_str());
                let hint = names::hint("attributes of the resource", Some(&key), keys);
                Some(format!("resource {key}: expected {value}, is missing; {hint}"))
            }
        }
    })
}
