//! Mistakes in metrics, in their labels, and in `#[derive(Label)]`.

use super::nearest::{did_you_mean, list, nearest};

pub(crate) fn metric_name_is_text() -> String {
    "the name of a metric is checked at compile time, so it is a string: `name = \"checkout\"`"
        .to_owned()
}

pub(crate) fn instrument_name_first(kind: &str) -> String {
    format!("`{kind}` needs the name of its metric first, as a string: `{kind}(\"orders\")`")
}

pub(crate) fn metric_name(written: &str, wrong: &str) -> String {
    format!(
        "`{written}` cannot be the name of a metric: {wrong}\na name begins with an ASCII letter, \
         continues with letters, digits, `_`, `.`, `-` and `/`, and has at most 255 characters"
    )
}

pub(crate) fn metric_name_template() -> String {
    "each value would become a metric; use a label for what varies: `labels(tier)`".to_owned()
}

pub(crate) fn unit_form(written: &str) -> String {
    format!(
        "`{written}` is not a unit: units have at most 63 ASCII characters, such as `s`, `By`, `1` \
         or `{{order}}`"
    )
}

pub(crate) fn nul_in_text(what: &str) -> String {
    format!("`{what}` cannot contain a NUL character")
}

pub(crate) fn metric_twice(name: &str) -> String {
    format!(
        "metric `{name}` is recorded twice by this function; record it once, or give the other \
         metric another name"
    )
}

pub(crate) fn instrument_without_kind(name: &str) -> String {
    format!(
        "choose a kind of instrument for `{name}`: `counter(\"{name}\")`, `updown(\"{name}\")`, \
         `gauge(\"{name}\")` or `histogram(\"{name}\")`"
    )
}

pub(crate) fn no_instrument() -> String {
    "`#[business_metric]` needs an instrument: `counter(\"orders\")`, `updown(\"sessions.active\")`, \
     `gauge(\"queue.depth\")` or `histogram(\"cart.items\")`"
        .to_owned()
}

pub(crate) fn second_instrument(first: &str) -> String {
    format!(
        "there is `{first}(…)` already; write a separate `#[business_metric]` for each instrument"
    )
}

pub(crate) fn not_a_part(kind: &str, allowed: &[&str]) -> String {
    format!("expected a part of `{kind}`: {}", list(allowed))
}

pub(crate) fn unknown_part(written: &str, kind: &str, allowed: &[&str]) -> String {
    let fix = match written {
        "value" | "labels" | "on" | "crate" => {
            format!("; it belongs after `{kind}(…)`, not within it")
        }
        "buckets" => "; only a `histogram` has them".to_owned(),
        "describe" | "help" => "; did you mean `description`?".to_owned(),
        _ => did_you_mean(nearest(written, allowed.iter().copied())),
    };
    format!("unknown part `{written}` of `{kind}`{fix}\navailable: {}", list(allowed))
}

pub(crate) fn value_needed(kind: &str) -> String {
    format!("`{kind}` needs a number to record: `value = order.total`")
}

pub(crate) fn counter_only_goes_up() -> String {
    "a counter only goes up; for what also goes down, use `updown(…)`".to_owned()
}

pub(crate) fn on_is_a_word() -> String {
    "`on` is `ok` (calls that return no `Err`) or `error` (those that return one); for anything \
     finer, make the value an `Option`"
        .to_owned()
}

pub(crate) fn on_cannot_fail(function: &str, ty: &str) -> String {
    format!(
        "`on = error` needs a `Result`, but `{function}` returns `{ty}`: nothing would ever be \
         recorded"
    )
}

pub(crate) fn on_against(on: &str, option: &str, variable: &str) -> String {
    let other = if on == "ok" { "an `Err`" } else { "no `Err`" };
    format!(
        "`{option}` looks at `{variable}`, which is there only when the call returns {other}: \
         with `on = {on}`, nothing would ever be recorded"
    )
}

pub(crate) fn ret_and_err(option: &str) -> String {
    format!("`{option}` looks at both `ret` and `err`, but a call returns only one of them")
}

pub(crate) fn label_against_value(label: &str, variable: &str, other: &str) -> String {
    format!(
        "label `{label}` looks at `{variable}`, but the value at `{other}`: a call returns only \
         one of them"
    )
}

pub(crate) fn slo_is_a_path() -> String {
    "`slo` takes the path of a constant: `slo = API_SLO`, with `const API_SLO: Objective = \
     Objective::new(\"api\").success_rate(99.9);`"
        .to_owned()
}

pub(crate) fn no_buckets() -> String {
    "`buckets` needs at least one boundary; leave it out for the default ones".to_owned()
}

pub(crate) fn buckets_descend() -> String {
    "bucket boundaries must ascend: this one is not above the previous one".to_owned()
}

pub(crate) fn label_formatted() -> String {
    "a label has a bounded set of values, so it is not formatted; for a text, limit the number of \
     values: `key(cap = 100) = value`"
        .to_owned()
}

pub(crate) fn cap_form() -> String {
    "expected `(cap = 100)`: the number of texts that the label distinguishes; all others count as `other`".to_owned()
}

pub(crate) fn cap_is_a_number() -> String {
    "`cap` is a number of values, at least 1".to_owned()
}

pub(crate) fn too_many_labels(limit: usize) -> String {
    format!("a metric has at most {limit} labels; each multiplies the number of its series")
}

pub(crate) fn reserved_label(key: &str, why: &str) -> String {
    format!("a label cannot be named `{key}`: {why}; give it another name")
}

pub(crate) fn same_label_in_prometheus(key: &str, other: &str) -> String {
    format!("labels `{key}` and `{other}` become one in Prometheus, where only `_` separates words")
}

// Derived labels

pub(crate) fn label_of_union() -> String {
    "`#[derive(Label)]` belongs on enums, and on structs that contain a single integer".to_owned()
}

pub(crate) fn label_of_struct() -> String {
    "`#[derive(Label)]` needs a bounded set of values: a struct has one if it contains a single \
     integer and declares its range, `#[label(range = 0..=10)]`"
        .to_owned()
}

pub(crate) fn label_without_variants() -> String {
    "an enum without variants has no values".to_owned()
}

pub(crate) fn range_form() -> String {
    "expected the values to distinguish: `#[label(range = 0..=10)]`; all others count as `other`"
        .to_owned()
}

pub(crate) fn range_is_empty() -> String {
    "this range is empty".to_owned()
}

pub(crate) fn range_too_large(values: u128, limit: u128) -> String {
    format!(
        "this range has {values} values, but a label may have at most {limit}; use a smaller one"
    )
}

pub(crate) fn label_twice(value: &str, first: &str, second: &str) -> String {
    format!(
        "`{first}` and `{second}` would both be `{value}`; distinguish them with \
         `#[label(rename = \"…\")]`"
    )
}

pub(crate) fn label_value(written: &str) -> String {
    match written {
        "" => "the value of a label cannot be empty".to_owned(),
        "other" => {
            "`other` stands for all values that are not distinguished; use another word".to_owned()
        }
        _ => "the value of a label cannot contain a NUL character".to_owned(),
    }
}

pub(crate) fn unknown_case(written: &str, allowed: &[&str]) -> String {
    format!(
        "unknown case `{written}`{}\navailable cases: {}",
        did_you_mean(nearest(written, allowed.iter().copied())),
        list(allowed)
    )
}

pub(crate) fn unknown_label_part(written: &str, place: &str, allowed: &[&str]) -> String {
    format!(
        "`{written}` has no meaning {place}{}\navailable there: {}",
        did_you_mean(nearest(written, allowed.iter().copied())),
        list(allowed)
    )
}
