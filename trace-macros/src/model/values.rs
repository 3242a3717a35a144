//! Validates `#[derive(Label)]` on one type, and finds its values.

use std::collections::HashMap;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DataEnum, DataStruct, DeriveInput, Expr, Generics, Path, RangeLimits};

use super::label::wrong_value;
use crate::errors::{self, Errors};
use crate::syntax::derive::{On, Options};
use crate::syntax::keys;

/// A type and its values as a label.
pub(crate) struct Values {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) krate: Option<Path>,
    pub(crate) of: Kind,
}

/// The way in which the values are distinguished.
pub(crate) enum Kind {
    /// The variants of an enum.
    Variants(Vec<Variant>),
    /// The numbers of a range; all others become `other`.
    Numbers { field: TokenStream, numbers: Vec<(String, TokenStream)> },
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) value: String,
    pub(crate) cfgs: Vec<Attribute>,
}

const LARGEST_RANGE: u128 = 256;

impl Values {
    /// Validates a type; `None` if it has no values.
    pub(crate) fn of(input: DeriveInput, errors: &mut Errors) -> Option<Self> {
        let on = match &input.data {
            Data::Enum(_) => On::Enum,
            Data::Struct(_) => On::Struct,
            Data::Union(union) => {
                errors.at(union.union_token.span, errors::label_of_union());
                return None;
            }
        };
        let mut options = Options::of(&input.attrs, on, errors);
        let of = match &input.data {
            Data::Enum(data) => variants(data, &input.ident, &options, errors),
            Data::Struct(data) => numbers(data, &input.ident, &options, errors),
            Data::Union(_) => None,
        }?;
        let (ident, generics) = (input.ident, input.generics);
        Some(Self { ident, generics, krate: options.krate.take(), of })
    }
}

fn variants(
    data: &DataEnum,
    ident: &Ident,
    options: &Options,
    errors: &mut Errors,
) -> Option<Kind> {
    if data.variants.is_empty() {
        errors.on(ident, errors::label_without_variants());
        return None;
    }
    let case = case(options, errors);
    let mut seen: HashMap<String, (String, bool)> = HashMap::new();
    let mut variants = Vec::new();
    for variant in &data.variants {
        let own = Options::of(&variant.attrs, On::Variant, errors);
        let (value, span) = match own.rename.get() {
            Some(rename) => (rename.value(), rename.span()),
            None => (in_case(&variant.ident.unraw().to_string(), case), variant.ident.span()),
        };
        let name = variant.ident.to_string();
        let cfgs: Vec<Attribute> =
            variant.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect();
        if let Some(message) = wrong_value(&value) {
            errors.at(span, message);
        } else if let Some((first, first_cfgs)) = seen.get(&value)
            // Variants of different builds may share a value.
            && (cfgs.is_empty() || *first_cfgs)
        {
            errors.at(span, errors::label_twice(&value, first, &name));
        }
        seen.insert(value.clone(), (name, cfgs.is_empty()));
        variants.push(Variant { ident: variant.ident.clone(), value, cfgs });
    }
    Some(Kind::Variants(variants))
}

fn case<'a>(options: &'a Options, errors: &mut Errors) -> &'a str {
    let Some(written) = options.rename_all.get() else { return keys::CASES[0] };
    let text = written.value();
    match keys::CASES.iter().find(|case| **case == text) {
        Some(case) => case,
        None => {
            errors.on(written, errors::unknown_case(&text, keys::CASES));
            keys::CASES[0]
        }
    }
}

/// A name in another case. A name in `PascalCase` is split where a word begins.
fn in_case(name: &str, case: &str) -> String {
    let words = words(name);
    let capital = |word: &String| word[..1].to_uppercase() + &word[1..];
    match case {
        "kebab-case" => words.join("-"),
        "camelCase" => {
            let rest: String = words.iter().skip(1).map(capital).collect();
            format!("{}{rest}", words.first().map_or("", String::as_str))
        }
        "PascalCase" => words.iter().map(capital).collect(),
        "lowercase" => words.concat(),
        "UPPERCASE" => words.concat().to_uppercase(),
        "SCREAMING_SNAKE_CASE" => words.join("_").to_uppercase(),
        _ => words.join("_"),
    }
}

/// The words of a name: `http` and `error` for both `HttpError` and `HTTPError`.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| chars[before]);
        let ends_acronym = before.is_some_and(char::is_uppercase)
            && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = char.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || ends_acronym);
        if begins || *char == '_' {
            words.push(String::new());
        }
        if *char != '_'
            && let Some(word) = words.last_mut()
        {
            word.extend(char.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn numbers(
    data: &DataStruct,
    ident: &Ident,
    options: &Options,
    errors: &mut Errors,
) -> Option<Kind> {
    let mut fields = data.fields.members();
    let (Some(field), None, Some(range)) = (fields.next(), fields.next(), options.range.get())
    else {
        if errors.is_empty() {
            errors.on(ident, errors::label_of_struct());
        }
        return None;
    };
    let Some((first, last)) = bounds(range) else {
        errors.on(range, errors::range_form());
        return None;
    };
    if first > last {
        errors.on(range, errors::range_is_empty());
        return None;
    }
    let count = first.abs_diff(last) + 1;
    if count > LARGEST_RANGE {
        errors.on(range, errors::range_too_large(count, LARGEST_RANGE));
        return None;
    }
    let here = range.span().resolved_at(Span::mixed_site());
    let numbers = (first..=last).map(|number| {
        let mut literal = Literal::i128_unsuffixed(number.abs());
        literal.set_span(here);
        let minus = (number < 0).then(|| quote_spanned!(here=> -));
        (number.to_string(), quote_spanned!(here=> #minus #literal))
    });
    Some(Kind::Numbers { field: field.to_token_stream(), numbers: numbers.collect() })
}

/// The first and the last value of `0..=10` or `0..11`.
fn bounds(range: &Expr) -> Option<(i128, i128)> {
    let Expr::Range(range) = range else { return None };
    let (first, last) = (number(range.start.as_deref()?)?, number(range.end.as_deref()?)?);
    Some(match range.limits {
        RangeLimits::Closed(_) => (first, last),
        RangeLimits::HalfOpen(_) => (first, last.checked_sub(1)?),
    })
}

fn number(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => Some(-number(expr)?),
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(integer), .. }) => integer.base10_parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::in_case;

    #[test]
    fn names_change_their_case() {
        for (name, snake) in [
            ("Free", "free"),
            ("HttpError", "http_error"),
            ("HTTPError", "http_error"),
            ("V2", "v2"),
            ("Tls13Only", "tls13_only"),
            ("ALL", "all"),
            ("Some_Thing", "some_thing"),
        ] {
            assert_eq!(in_case(name, "snake_case"), snake);
        }
        for (case, expected) in [
            ("kebab-case", "http-error"),
            ("camelCase", "httpError"),
            ("PascalCase", "HttpError"),
            ("lowercase", "httperror"),
            ("UPPERCASE", "HTTPERROR"),
            ("SCREAMING_SNAKE_CASE", "HTTP_ERROR"),
        ] {
            assert_eq!(in_case("HTTPError", case), expected);
        }
    }
}
