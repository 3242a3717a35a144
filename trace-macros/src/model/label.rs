//! Validates the labels of a metric, and decides when expressions are evaluated.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use super::reserved;
use crate::errors::{self, Errors, Noun};
use crate::syntax::key::Key;
use crate::syntax::label::{self, Values};

/// When an expression is evaluated, which depends on the variables that it mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the body, which may move the arguments.
    Start,
    /// When the call has returned something other than an `Err`.
    Ret,
    /// When the call has returned an `Err`.
    Err,
}

impl Moment {
    /// The moment of an expression; mentioning both `ret` and `err` is a mistake.
    pub(crate) fn of(expression: &impl ToTokens, option: &str, errors: &mut Errors) -> Self {
        let tokens = expression.to_token_stream();
        match (mentions(tokens.clone(), "ret"), mentions(tokens.clone(), "err")) {
            (false, false) => Self::Start,
            (true, false) => Self::Ret,
            (false, true) => Self::Err,
            (true, true) => {
                errors.on(tokens, errors::ret_and_err(option));
                Self::Start
            }
        }
    }

    /// The variable that an expression of this moment mentions.
    pub(crate) fn variable(self) -> Option<&'static str> {
        match self {
            Self::Start => None,
            Self::Ret => Some("ret"),
            Self::Err => Some("err"),
        }
    }
}

/// Whether an expression mentions a variable, as opposed to a field or method of that name.
fn mentions(tokens: TokenStream, variable: &str) -> bool {
    let (mut dots, mut found) = (0, false);
    for token in tokens {
        found |= match &token {
            TokenTree::Ident(ident) => dots != 1 && ident == variable,
            TokenTree::Group(group) => mentions(group.stream(), variable),
            TokenTree::Literal(literal) => formats(&literal.to_string(), variable),
            TokenTree::Punct(_) => false,
        };
        dots = match &token {
            TokenTree::Punct(punct) if punct.as_char() == '.' => dots + 1,
            _ => 0,
        };
    }
    found
}

/// Whether a format string mentions the variable: `{ret}`, `{ret:?}`.
fn formats(literal: &str, variable: &str) -> bool {
    literal.match_indices('{').any(|(at, _)| {
        literal[at + 1..].strip_prefix(variable).is_some_and(|rest| rest.starts_with(['}', ':']))
    })
}

/// One label, validated.
pub(crate) struct Label {
    pub(crate) key: Key,
    pub(crate) of: Values,
    pub(crate) value: TokenStream,
    pub(crate) moment: Moment,
}

const LIMIT: usize = 6;

/// Validates the labels of a metric; `ours` if the metric also has the labels of every call.
pub(crate) fn labels(written: Vec<label::Label>, ours: bool, errors: &mut Errors) -> Vec<Label> {
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut labels = Vec::new();
    for (index, label::Label { key, of, value }) in written.into_iter().enumerate() {
        if index == LIMIT {
            errors.at(key.span, errors::too_many_labels(LIMIT));
        }
        if key.text.is_empty() {
            errors.at(key.span, errors::empty_key(Noun::Label));
        } else if key.text.contains('\0') {
            errors.at(key.span, errors::nul_in_key(Noun::Label));
        } else if let Some(why) = reserved::why(&in_prometheus(&key.text), ours) {
            errors.at(key.span, errors::reserved_label(&key.text, why));
        } else {
            match seen.insert(in_prometheus(&key.text), key.text.clone()) {
                Some(first) if first == key.text => {
                    errors.at(key.span, errors::duplicate_key(Noun::Label, &key.text));
                }
                Some(first) => {
                    errors.at(key.span, errors::same_label_in_prometheus(&first, &key.text));
                }
                None => {}
            }
        }
        if let Values::One(text) = &of
            && let Some(message) = wrong_value(&text.value())
        {
            errors.at(text.span(), message);
        }
        let moment = Moment::of(&value, &key.text, errors);
        labels.push(Label { key, of, value, moment });
    }
    labels
}

/// The mistake in a text as the value of a label, if there is one.
pub(crate) fn wrong_value(text: &str) -> Option<String> {
    (text.is_empty() || text == "other" || text.contains('\0')).then(|| errors::label_value(text))
}

fn in_prometheus(key: &str) -> String {
    key.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn variables_are_distinguished_from_fields_and_longer_names() {
        for expression in
            ["ret", "ret.total", "*ret", "f(a, ret)", "0..ret", "format!(\"{ret:?}\")", "x + ret"]
        {
            assert!(mentions(expression.parse().unwrap(), "ret"), "{expression}");
        }
        for expression in
            ["cfg.ret", "a.ret()", "retry", "format!(\"{retry}\")", "\"ret\"", "x.ok().err()"]
        {
            let tokens: proc_macro2::TokenStream = expression.parse().unwrap();
            assert!(!mentions(tokens.clone(), "ret"), "{expression}");
            assert!(!mentions(tokens, "err"), "{expression}");
        }
    }
}
