//! Mistakes in options, whichever attribute they belong to.

use super::nearest::{did_you_mean, list, nearest};
use crate::attribute::Macro;

pub(crate) fn unknown_option(written: &str, allowed: &[&str], hint: Option<&str>) -> String {
    let fix = match hint {
        Some(hint) => format!("; {hint}"),
        None => did_you_mean(nearest(written, allowed.iter().copied())),
    };
    format!("unknown option `{written}`{fix}\navailable options: {}", list(allowed))
}

pub(crate) fn misplaced_option(written: &str, place: &str, allowed: &[&str]) -> String {
    format!("`{written}` has no meaning {place}\navailable there: {}", list(allowed))
}

pub(crate) fn duplicate_option(name: &str) -> String {
    format!("`{name}` is given twice; leave one of them out")
}

pub(crate) fn wrong_form(name: &str, example: &str) -> String {
    format!("wrong form of `{name}`; write it as `{example}`")
}

pub(crate) fn takes_no_value(name: &str) -> String {
    format!("`{name}` takes no value; write it alone: `{name}`")
}

pub(crate) fn needs_value(name: &str, example: &str) -> String {
    format!("`{name}` needs a value: `{example}`")
}

pub(crate) fn not_an_option(of: Macro) -> String {
    match of {
        Macro::Trace => {
            "expected an option such as `kind = Client` or `attrs(key = value)`, or the span's \
             name as a string"
        }
        Macro::Metered => {
            "expected an option such as `in_flight` or `labels(tier)`, or the metric's name as a \
             string"
        }
        Macro::BusinessMetric => {
            "expected an instrument such as `counter(\"orders\")`, or an option such as `value = \
             order.total`"
        }
    }
    .to_owned()
}

pub(crate) fn expected_comma() -> String {
    "expected `,` before the next option".to_owned()
}

pub(crate) fn conflict(one: &str, other: &str, why: &str) -> String {
    format!("`{one}` and `{other}` exclude each other: {why}")
}

pub(crate) fn empty_list(name: &str, example: &str) -> String {
    format!("`{name}()` is empty; write `{example}` or leave it out")
}
