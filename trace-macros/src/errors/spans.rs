//! Mistakes in the kind, the level and the name of a span.

use super::nearest::{did_you_mean, list, nearest};

pub(crate) fn unknown_kind(written: &str, allowed: &[&str]) -> String {
    format!(
        "unknown span kind `{written}`{}\navailable kinds: {}",
        did_you_mean(nearest(written, allowed.iter().copied())),
        list(allowed)
    )
}

pub(crate) fn kind_is_a_word(allowed: &[&str]) -> String {
    format!("a span kind is one of {}: `kind = Client`", list(allowed))
}

pub(crate) fn unknown_level(written: &str, allowed: &[&str]) -> String {
    format!(
        "unknown level `{written}`{}\navailable levels: {}",
        did_you_mean(nearest(written, allowed.iter().copied())),
        list(allowed)
    )
}

pub(crate) fn level_is_a_word(allowed: &[&str]) -> String {
    format!("a level is one of {}: `level = debug`", list(allowed))
}

pub(crate) fn empty_name() -> String {
    "a span name cannot be empty; leave it out to use the function's name".to_owned()
}

pub(crate) fn nul_in_name() -> String {
    "a span name cannot contain a NUL character".to_owned()
}

pub(crate) fn name_uses_self() -> String {
    "`name` is evaluated once, at compile time, where `Self` is not known; write the type's name, \
     or use a template: `\"{self.name} …\"`"
        .to_owned()
}

pub(crate) fn template_unclosed() -> String {
    "`{` is never closed in the span name; write `{{` for a plain brace".to_owned()
}

pub(crate) fn template_unopened() -> String {
    "`}` closes nothing in the span name; write `}}` for a plain brace".to_owned()
}

pub(crate) fn template_positional(written: &str) -> String {
    format!(
        "there is no argument for `{{{written}}}`; name a variable between the braces: `{{tier}}` \
         or `{{order.id}}`"
    )
}

pub(crate) fn template_expression(written: &str) -> String {
    format!(
        "`{{{written}}}` is not a variable or a field; only `{{tier}}` and `{{order.id}}` can \
         stand in a span name"
    )
}

pub(crate) fn parent_from_pattern() -> String {
    "`parent` is evaluated before the future destructures its arguments; name the parameter and \
     destructure it in the body"
        .to_owned()
}

pub(crate) fn span_needs_name() -> String {
    "`span!` needs a name first: `span!(\"load\")`, `span!(\"load {size}\")` or \
     `span!(name = CONST)`"
        .to_owned()
}
