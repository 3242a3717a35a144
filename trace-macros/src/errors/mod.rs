//! Every mistake and its words: what is wrong, what is allowed, and the nearest fix.
//!
//! Mistakes are collected, so that all of them are reported at once. This file knows nothing of
//! how options are parsed or expanded.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::syntax::keys::Macro;

mod metrics;
pub(crate) use metrics::*;

/// The mistakes found so far. It must be emptied with [`Errors::finish`]; dropping it unread is a
/// bug of this crate.
pub(crate) struct Errors {
    found: Option<syn::Error>,
    read: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { found: None, read: false }
    }

    /// Reports a mistake on the tokens that make it.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        self.push(syn::Error::new_spanned(tokens, message.into()));
    }

    /// Reports a mistake at one place.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.push(syn::Error::new(span, message.into()));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.found {
            Some(found) => found.combine(error),
            None => self.found = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_none()
    }

    /// The `compile_error!` items of all mistakes; nothing when there are none.
    pub(crate) fn finish(mut self) -> TokenStream {
        self.read = true;
        self.found.take().map_or_else(TokenStream::new, |found| found.into_compile_error())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !self.read && !std::thread::panicking() {
            panic!("mistakes were collected and not reported");
        }
    }
}

/// The candidate that is closest to what was written, if any is close enough to be meant.
pub(crate) fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let limit = (lower.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The edit distance, a swap of neighbours counted as one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

// Options

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
    format!("`{name}()` says nothing; write `{example}` or leave it out")
}

// Values of options

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

// Attributes of the span

/// What has a key.
#[derive(Clone, Copy)]
pub(crate) enum Noun {
    Attribute,
    /// Of baggage.
    Entry,
    Label,
}

impl Noun {
    fn word(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Entry => "baggage entry",
            Self::Label => "label",
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Attribute => "an attribute",
            Self::Entry => "a baggage entry",
            Self::Label => "a label",
        }
    }
}

pub(crate) fn empty_key(what: Noun) -> String {
    format!("the key of {} cannot be empty", what.with_article())
}

pub(crate) fn no_baggage_key(key: &str, fitting: &str) -> String {
    format!(
        "`{key}` cannot be a key of baggage, which travels in a header: letters, digits and \
         !#$%&'*+-.^_`|~ are allowed; write `\"{fitting}\" = …`"
    )
}

pub(crate) fn nul_in_key(what: Noun) -> String {
    format!("the key of {} cannot contain a NUL character", what.with_article())
}

pub(crate) fn duplicate_key(what: Noun, key: &str) -> String {
    match what {
        Noun::Attribute => {
            format!("attribute `{key}` is recorded twice; a span holds one value per key")
        }
        Noun::Entry => format!("baggage entry `{key}` is given twice; there is one value per key"),
        Noun::Label => format!("label `{key}` is given twice; a series has one value per key"),
    }
}

pub(crate) fn key_without_value(what: Noun, key: &str) -> String {
    format!("{} `{key}` needs a value: `\"{key}\" = value`", what.word())
}

pub(crate) fn not_a_shorthand() -> String {
    "only a variable or a field can stand without a key; write `key = value`".to_owned()
}

pub(crate) fn value_expected(key: &str) -> String {
    format!(
        "expected the value of `{key}`: `{key} = value`, `{key} = %value` (Display) or \
         `{key} = ?value` (Debug)"
    )
}

pub(crate) fn colon_for_equals(what: Noun, key: &str) -> String {
    format!("{} is written `{key} = value`, not `{key}: value`", what.with_article())
}

pub(crate) fn not_a_field(what: Noun) -> String {
    format!(
        "expected {}: `key = value`, `\"key\" = value`, or a variable alone",
        what.with_article()
    )
}

pub(crate) fn attr_on_pattern() -> String {
    "`#[attr]` needs a parameter with one name; name the parts in the list of the span instead: \
     `#[trace(attrs(key = part))]`"
        .to_owned()
}

pub(crate) fn attr_on_self() -> String {
    "`#[attr]` cannot record `self`; name its fields in the list of the span instead: \
     `#[trace(attrs(id = self.id))]`"
        .to_owned()
}

pub(crate) fn attr_without_span() -> String {
    "`#[attr]` records the parameter on a span, and there is none: add `#[trace]`, or label the \
     metric with it: `labels(…)`"
        .to_owned()
}

pub(crate) fn attr_twice() -> String {
    "this parameter has `#[attr]` already".to_owned()
}

pub(crate) fn attr_form() -> String {
    "expected `#[attr]`, `#[attr(\"key\")]`, `#[attr(?)]` (Debug), `#[attr(%)]` (Display) or \
     `#[attr(\"key\", ?)]`"
        .to_owned()
}

// Errors and return values

pub(crate) fn err_is_default(of: Macro) -> String {
    let what = match of {
        Macro::Trace => "marks the span as failed",
        _ => "counts as an error",
    };
    format!(
        "an `Err` {what} anyway; leave `err` out, or say more: \
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

// Where the attribute stands

pub(crate) fn const_fn(of: Macro) -> String {
    let (name, participle) = (of.name(), of.participle());
    let what = match of {
        Macro::Trace => "a span",
        _ => "a call",
    };
    format!(
        "a `const fn` cannot be {participle}: {what} cannot be recorded at compile time; leave \
         `const` or `#[{name}]` out"
    )
}

pub(crate) fn naked_fn(of: Macro) -> String {
    format!("a naked function cannot be {}: nothing may run before its assembly", of.participle())
}

pub(crate) fn no_body(of: Macro) -> String {
    format!(
        "a function without a body records nothing; put `#[{}(…)]` on its implementations",
        of.name()
    )
}

pub(crate) fn wrong_item(of: Macro, found: &str) -> String {
    match of {
        Macro::BusinessMetric => {
            format!("`#[business_metric]` belongs on functions and methods, not on {found}")
        }
        _ => format!(
            "`#[{}]` belongs on functions, methods, `impl` blocks and traits, not on {found}",
            of.name()
        ),
    }
}

pub(crate) fn business_on_container() -> String {
    "`#[business_metric]` on a whole `impl` block would record the same for every method; put it \
     on the method"
        .to_owned()
}

pub(crate) fn twice(of: Macro) -> String {
    format!("this function has `#[{}]` already; write all options in one", of.name())
}

pub(crate) fn skip_alone(of: Macro) -> String {
    let name = of.name();
    format!(
        "`#[{name}(skip)]` leaves a method out of the `#[{name}]` of its `impl` block; where that \
         has none, leave the attribute out"
    )
}

pub(crate) fn skip_autometrics() -> String {
    "a method is left out with `#[metered(skip)]`".to_owned()
}

pub(crate) fn skip_with_others() -> String {
    "`skip` leaves the method out; the other options have no effect".to_owned()
}

pub(crate) fn under_cfg_attr(of: Macro) -> String {
    let name = of.name();
    format!(
        "`#[{name}]` on an `impl` block cannot see through `cfg_attr`; write `#[{name}(skip)]` \
         plainly, or put `#[{name}]` on the methods"
    )
}

pub(crate) fn parent_from_pattern() -> String {
    "`parent` is evaluated before the future takes its arguments apart; name the parameter and \
     take it apart in the body"
        .to_owned()
}

pub(crate) fn span_needs_name() -> String {
    "`span!` needs a name first: `span!(\"load\")`, `span!(\"load {size}\")` or \
     `span!(name = CONST)`"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_candidate_is_found_within_a_third() {
        let names = ["name", "kind", "attrs", "parent"];
        assert_eq!(nearest("knid", names), Some("kind"));
        assert_eq!(nearest("attr", names), Some("attrs"));
        assert_eq!(nearest("PARENT", names), Some("parent"));
        assert_eq!(nearest("colour", names), None);
    }

    #[test]
    #[should_panic(expected = "not reported")]
    fn unread_mistakes_are_a_bug() {
        drop(Errors::new());
    }
}
