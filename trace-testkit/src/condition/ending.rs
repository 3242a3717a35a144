//! Checks how a span ended.

use super::subject::Condition;
use crate::matcher::Match;
use crate::runtime::escape;
use trace_runtime::{Status, span::Outcome};

fn described(status: &Status) -> String {
    match status {
        Status::Error { description } if description.is_empty() => "Error".to_owned(),
        Status::Error { description } => format!("Error {}", escape::quoted(description)),
        other => format!("{other:?}"),
    }
}

pub(crate) fn status(expected: Status) -> Condition {
    // An error without a description stands for any error.
    let any_error = expected == Status::error("");
    Condition::one(format!("status {}", described(&expected)), move |subject| {
        let actual = &subject.span.status;
        let same = *actual == expected || (any_error && subject.span.is_error());
        let (expected, actual) = (described(&expected), described(actual));
        (!same).then(|| format!("status: expected {expected}, is {actual}"))
    })
}

pub(crate) fn failed() -> Condition {
    status(Status::error(""))
}

pub(crate) fn not_failed() -> Condition {
    Condition::one("no error", |subject| {
        let status = described(&subject.span.status);
        subject.span.is_error().then(|| format!("status: expected no error, is {status}"))
    })
}

pub(crate) fn has_error(expected: impl Into<Match>) -> Condition {
    let expected = expected.into();
    Condition::one(format!("error {expected}"), move |subject| match &subject.span.status {
        Status::Error { description } => {
            let mismatch = expected.mismatch(&description.as_ref().into())?;
            Some(format!("error: {mismatch}"))
        }
        other => {
            Some(format!("error: expected {expected}, is none; status is {}", described(other)))
        }
    })
}

pub(crate) fn outcome(expected: Outcome) -> Condition {
    Condition::one(format!("outcome {expected:?}"), move |subject| match subject.span.outcome {
        Some(actual) if actual == expected => None,
        Some(actual) => Some(format!("outcome: expected {expected:?}, is {actual:?}")),
        None => {
            Some(format!("outcome: expected {expected:?}, is not known: OTLP does not carry it"))
        }
    })
}
