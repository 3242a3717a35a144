//! Checks attributes.

use super::subject::Condition;
use crate::matcher::Match;
use crate::model::{Attribute, attribute};
use crate::names;

/// Whether the runtime adds the attribute itself, so that a list of all attributes need not name it:
/// the source location, and the type of an error.
fn is_implied(key: &str) -> bool {
    key.starts_with("code.") || key == "error.type"
}

pub(crate) fn has(key: impl Into<String>, value: impl Into<Match>) -> Condition {
    let (key, value) = (key.into(), value.into());
    let about = key.clone();
    Condition::one(equation(&key, &value), move |subject| {
        differs(&subject.span.attributes, &key, &value)
    })
    .on_attribute(about)
}

pub(crate) fn absent(key: impl Into<String>) -> Condition {
    let key = key.into();
    let about = key.clone();
    Condition::one(format!("no {key}"), move |subject| {
        let value = subject.span.attribute(&key)?;
        Some(format!("{key}: expected no such attribute, is {value}"))
    })
    .on_attribute(about)
}

pub(crate) fn has_only<K: Into<String>, V: Into<Match>>(
    attributes: impl IntoIterator<Item = (K, V)>,
) -> Condition {
    let expected: Vec<(String, Match)> =
        attributes.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    let description = match expected.is_empty() {
        true => "no attributes".to_owned(),
        false => {
            let pairs: Vec<_> = expected.iter().map(|(key, value)| equation(key, value)).collect();
            format!("only {}", pairs.join(", "))
        }
    };
    Condition::new(description, move |subject| {
        all_differ(&subject.span.attributes, &expected, true)
    })
}

/// Returns how `attributes` differ from what is expected; with `closed`, no others are allowed.
pub(super) fn all_differ(
    attributes: &[Attribute],
    expected: &[(String, Match)],
    closed: bool,
) -> Vec<String> {
    let mut found: Vec<String> =
        expected.iter().filter_map(|(key, value)| differs(attributes, key, value)).collect();
    if closed {
        let is_expected = |key: &str| expected.iter().any(|(expected, _)| expected == key);
        found.extend(further(attributes, is_expected));
    }
    found
}

/// Returns the attributes that are not expected.
pub(crate) fn further(
    attributes: &[Attribute],
    is_expected: impl Fn(&str) -> bool,
) -> impl Iterator<Item = String> {
    let further = attributes.iter().filter(move |(key, _)| !is_expected(key) && !is_implied(key));
    further.map(|(key, value)| format!("{key}: not expected, is {value}"))
}

/// `amount = 7`, `amount > 7`.
fn equation(key: &str, value: &Match) -> String {
    let value = value.to_string();
    match value.starts_with(['<', '>', '≤', '≥']) {
        true => format!("{key} {value}"),
        false => format!("{key} = {value}"),
    }
}

/// `user.id: expected 7, is 8`.
fn differs(attributes: &[Attribute], key: &str, expected: &Match) -> Option<String> {
    match attribute(attributes, key) {
        Some(value) => {
            let mismatch = expected.mismatch(&value.clone().into())?;
            Some(format!("{key}: {mismatch}"))
        }
        None => {
            let keys = attributes.iter().map(|(key, _)| key.as_str());
            let keys = keys.filter(|key| !key.starts_with("code."));
            let hint = names::hint("attributes", Some(key), keys);
            Some(format!("{key}: expected {expected}, is missing; {hint}"))
        }
    }
}
