//! Checks names and units of instruments by the rules of OpenTelemetry
//! ([instruments](https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax)).

use syn::LitStr;

use crate::errors::{self, Errors};

const LONGEST_NAME: usize = 255;
const LONGEST_UNIT: usize = 63;

/// Checks the name of a metric, to which `suffix` bytes are appended.
pub(crate) fn name(written: &LitStr, suffix: usize, errors: &mut Errors) {
    let text = written.value();
    let stray = |char: char| !(char.is_ascii_alphanumeric() || "_.-/".contains(char));
    let wrong = if text.is_empty() {
        "it is empty".to_owned()
    } else if !text.starts_with(|char: char| char.is_ascii_alphabetic()) {
        "it does not begin with an ASCII letter".to_owned()
    } else if let Some(stray) = text.chars().find(|char| stray(*char)) {
        format!("it contains {stray:?}")
    } else if text.len() + suffix > LONGEST_NAME {
        format!("it has {} characters", text.len() + suffix)
    } else {
        return;
    };
    errors.on(written, errors::metric_name(&text, &wrong));
}

/// Checks a unit.
pub(crate) fn unit(written: &LitStr, errors: &mut Errors) {
    let text = written.value();
    if text.len() > LONGEST_UNIT || !text.is_ascii() || text.contains('\0') {
        errors.on(written, errors::unit_form(&text.replace('\0', "\\0")));
    }
}
