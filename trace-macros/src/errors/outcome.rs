//! Mistakes in options that look at the return value.

use super::nearest::{did_you_mean, nearest};
use crate::attribute::Macro;

pub(crate) fn err_is_default(of: Macro) -> String {
    let what = match of {
        Macro::Trace => "marks the span as failed",
        _ => "counts as an error",
    };
    format!(
        "an `Err` {what} anyway; leave `err` out, or be specific: \
         `err(when = !err.is_not_found())`, `err(type = err.code())`, `err(ignore)`"
    )
}

pub(crate) fn ret_form() -> String {
    "`ret` takes the attributes to record: `ret(items = ret.len())`, or `ret(?ret)` for the value \
     itself"
        .to_owned()
}

pub(crate) fn err_unknown(written: &str) -> String {
    format!(
        "unknown option `{written}` of `err`{}\navailable: `when = condition`, `type = value`, \
         or `ignore` alone",
        did_you_mean(nearest(written, ["when", "type", "ignore"]))
    )
}

pub(crate) fn returns_nothing(option: &str, function: &str) -> String {
    format!("`{option}` has nothing to look at: `{function}` returns no value")
}

pub(crate) fn never_returns(option: &str, function: &str) -> String {
    format!("`{option}` has nothing to look at: `{function}` never returns")
}

pub(crate) fn cannot_fail(function: &str, ty: &str) -> String {
    format!("`err` needs a `Result`, but `{function}` returns `{ty}`; leave `err` out")
}

pub(crate) fn stream_has_no_value(option: &str) -> String {
    format!("`{option}` needs one return value, but a stream yields many; leave `{option}` out")
}

pub(crate) fn track_caller_method(option: &str) -> String {
    format!(
        "`{option}` cannot be combined with `#[track_caller]` here: the return value of this \
         function can only be read by calling it from a second one, which a method, a `Self` or \
         a parameter under `#[cfg]` does not allow; leave `{option}` or `#[track_caller]` out"
    )
}
