//! Parses labels: `tier`, `region = cfg.region`, `path(cap = 100) = req.path()`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, LitStr, Token};

use super::key::{Key, Keyed};
use super::list::{comma_separated, equals, give_up};
use super::{field, keys};
use crate::errors::{self, Errors, Noun};

/// The bound on the values of a label.
#[derive(Clone)]
pub(crate) enum Values {
    /// Their type.
    Typed,
    /// The single value, a string literal.
    One(LitStr),
    /// A number of texts, beyond which all others become `other`.
    Capped(Expr),
}

/// One label of a metric.
#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) key: Key,
    pub(crate) of: Values,
    pub(crate) value: TokenStream,
}

impl Keyed for Label {
    fn key(&self) -> &Key {
        &self.key
    }
}

/// Parses the inside of `labels(…)`.
pub(super) fn labels(input: ParseStream, errors: &mut Errors) -> syn::Result<Vec<Label>> {
    let mut labels = Vec::new();
    comma_separated(input, errors, |input, errors| {
        labels.push(label(input, errors)?);
        Ok(())
    });
    Ok(labels)
}

fn label(input: ParseStream, errors: &mut Errors) -> syn::Result<Label> {
    if input.peek(Token![%]) || input.peek(Token![?]) {
        return Err(input.error(errors::label_formatted()));
    }
    let Some((key, variable)) = field::key(input)? else {
        return Err(input.error(errors::not_a_field(Noun::Label)));
    };
    field::no_colon(input, &key, Noun::Label)?;
    let cap = if input.peek(syn::token::Paren) { Some(cap(input, errors)?) } else { None };
    if let Some(value) = field::alone(input, &key, variable, Noun::Label)? {
        let of = cap.map_or(Values::Typed, Values::Capped);
        return Ok(Label { key: key.of_variable(), of, value });
    }
    equals(input, &key.text, key.span, &format!("{} = value", key.text))?;
    if input.peek(Token![%]) || input.peek(Token![?]) {
        return Err(input.error(errors::label_formatted()));
    }
    let value: Expr = input.parse()?;
    let of = match (cap, &value) {
        (Some(cap), _) => Values::Capped(cap),
        (None, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Values::One(text.clone()),
        (None, _) => Values::Typed,
    };
    Ok(Label { key, of, value: value.into_token_stream() })
}

/// `(cap = 100)`
fn cap(input: ParseStream, errors: &mut Errors) -> syn::Result<Expr> {
    let content;
    let parentheses = syn::parenthesized!(content in input);
    let number = match number(&content, parentheses.span.join()) {
        Ok(number) => number,
        Err(mistake) => return give_up(&content, mistake),
    };
    if let Expr::Lit(ExprLit { lit, .. }) = &number
        && !matches!(lit, Lit::Int(integer) if integer.base10_digits() != "0")
    {
        errors.on(&number, errors::cap_is_a_number());
    }
    Ok(number)
}

fn number(content: ParseStream, place: Span) -> syn::Result<Expr> {
    let form = || syn::Error::new(place, errors::cap_form());
    let word: Ident = content.call(Ident::parse_any).map_err(|_| form())?;
    if word != keys::CAP || !content.peek(Token![=]) {
        return Err(form());
    }
    equals(content, keys::CAP, word.span(), "cap = 100")?;
    let number = content.parse()?;
    if content.is_empty() { Ok(number) } else { Err(form()) }
}
