//! Parses attributes of a span and baggage entries: `key = value`, `key = %value`, `?value`, and
//! `#[attr]`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, ExprPath, Lit, LitStr, Member, Token};

use super::invisible::visible_in;
use super::key::{Key, Keyed};
use super::list::comma_separated;
use crate::errors::{self, Errors, Noun};

/// How a value is recorded.
#[derive(Clone)]
pub(crate) enum Form {
    /// By `ToValue`.
    Value,
    /// A string literal, recorded by address.
    Literal(LitStr),
    /// By `Display`.
    Display,
    /// By `Debug`.
    Debug,
}

/// One attribute of a span, or one baggage entry.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) key: Key,
    pub(crate) form: Form,
    pub(crate) value: TokenStream,
    /// The `#[cfg]`s of the parameter that it was written on.
    pub(crate) cfgs: Vec<Attribute>,
}

impl Field {
    /// Whether the value is a literal or a variable, so that reading it has no effect.
    pub(crate) fn is_at_hand(&self) -> bool {
        matches!(self.form, Form::Literal(_)) || self.value.clone().into_iter().nth(1).is_none()
    }
}

impl Keyed for Field {
    fn key(&self) -> &Key {
        &self.key
    }
}

/// Parses the inside of `attrs(…)` or `ret(…)`.
pub(super) fn attributes(input: ParseStream, errors: &mut Errors) -> syn::Result<Vec<Field>> {
    Ok(fields(input, Noun::Attribute, errors))
}

/// Parses the inside of `baggage(…)`.
pub(super) fn entries(input: ParseStream, errors: &mut Errors) -> syn::Result<Vec<Field>> {
    Ok(fields(input, Noun::Entry, errors))
}

fn fields(input: ParseStream, what: Noun, errors: &mut Errors) -> Vec<Field> {
    let mut fields = Vec::new();
    comma_separated(input, errors, |input, _| {
        fields.push(field(input, what)?);
        Ok(())
    });
    fields
}

fn field(input: ParseStream, what: Noun) -> syn::Result<Field> {
    if let Some(form) = sigil(input)? {
        let value: Expr = input.parse()?;
        let key = shorthand(&value)
            .ok_or_else(|| syn::Error::new_spanned(&value, errors::not_a_shorthand()))?;
        return Ok(Field { key, form, value: value.into_token_stream(), cfgs: Vec::new() });
    }
    let Some((key, variable)) = key(input)? else {
        let Ok(value) = input.parse::<Expr>() else {
            return Err(input.error(errors::not_a_field(what)));
        };
        return Err(syn::Error::new_spanned(value, errors::not_a_shorthand()));
    };
    no_colon(input, &key, what)?;
    if let Some(value) = alone(input, &key, variable, what)? {
        return Ok(Field { key: key.of_variable(), form: Form::Value, value, cfgs: Vec::new() });
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(equals.span, errors::value_expected(&key.text)));
    }
    let form = sigil(input)?;
    let value: Expr = input.parse()?;
    let form = match (form, &value) {
        (Some(form), _) => form,
        (None, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Form::Literal(text.clone()),
        (None, _) => Form::Value,
    };
    Ok(Field { key, form, value: value.into_token_stream(), cfgs: Vec::new() })
}

/// Rejects `key: value`.
pub(super) fn no_colon(input: ParseStream, key: &Key, what: Noun) -> syn::Result<()> {
    if input.peek(Token![:]) && !input.peek(Token![::]) {
        return Err(input.error(errors::colon_for_equals(what, &key.text)));
    }
    Ok(())
}

/// The value of a key that stands alone and is a `variable`; `None` if `=` follows.
pub(super) fn alone(
    input: ParseStream,
    key: &Key,
    variable: Option<TokenStream>,
    what: Noun,
) -> syn::Result<Option<TokenStream>> {
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        return Ok(None);
    }
    match variable {
        Some(value) if input.is_empty() || input.peek(Token![,]) => Ok(Some(value)),
        Some(_) => Err(syn::Error::new(key.span, errors::not_a_shorthand())),
        None => Err(syn::Error::new(key.span, errors::key_without_value(what, &key.text))),
    }
}

fn sigil(input: ParseStream) -> syn::Result<Option<Form>> {
    Ok(if input.parse::<Option<Token![%]>>()?.is_some() {
        Some(Form::Display)
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        Some(Form::Debug)
    } else {
        None
    })
}

/// A key: a string, or identifiers with dots between them, which are an expression, too.
pub(super) fn key(input: ParseStream) -> syn::Result<Option<(Key, Option<TokenStream>)>> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        return Ok(Some((Key { text: literal.value(), span: literal.span() }, None)));
    }
    if !input.peek(Ident::peek_any) {
        return Ok(None);
    }
    let first = input.call(Ident::parse_any)?;
    let mut text = first.unraw().to_string();
    let mut tokens = first.to_token_stream();
    let span = first.span();
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?.to_tokens(&mut tokens);
        let part = input.call(Ident::parse_any)?;
        text.push('.');
        text.push_str(&part.unraw().to_string());
        part.to_tokens(&mut tokens);
    }
    Ok(Some((Key { text, span }, Some(tokens))))
}

/// The key of a value that is written without one.
fn shorthand(value: &Expr) -> Option<Key> {
    fn collect(value: &Expr, text: &mut String) -> Option<()> {
        match value {
            Expr::Path(ExprPath { qself: None, path, .. }) => {
                text.push_str(&path.get_ident()?.unraw().to_string());
            }
            Expr::Field(field) => {
                collect(&field.base, text)?;
                let Member::Named(name) = &field.member else { return None };
                text.push('.');
                text.push_str(&name.unraw().to_string());
            }
            _ => return None,
        }
        Some(())
    }
    let mut text = String::new();
    collect(value, &mut text)?;
    Some(Key { text, span: value.span() }.of_variable())
}

/// Parses the arguments of `#[attr…]` on the parameter `name`.
pub(crate) fn helper(attribute: &Attribute, name: &Ident) -> syn::Result<Field> {
    let own = || Key { text: name.unraw().to_string(), span: name.span() };
    let attribute = &visible_in(attribute);
    let (key, form) = match &attribute.meta {
        syn::Meta::Path(_) => (own(), Form::Value),
        syn::Meta::List(list) => list.parse_args_with(|input: ParseStream| {
            let key = key(input)?.map(|(key, _)| key);
            if key.is_some() && !input.is_empty() {
                input
                    .parse::<Token![,]>()
                    .map_err(|e| syn::Error::new(e.span(), errors::attr_form()))?;
            }
            let form = sigil(input)?;
            if !input.is_empty() {
                return Err(input.error(errors::attr_form()));
            }
            if key.is_none() && form.is_none() {
                return Err(syn::Error::new_spanned(attribute, errors::attr_form()));
            }
            Ok((key.unwrap_or_else(own), form.unwrap_or(Form::Value)))
        })?,
        syn::Meta::NameValue(meta) => {
            return Err(syn::Error::new_spanned(meta, errors::attr_form()));
        }
    };
    Ok(Field { key, form, value: name.to_token_stream(), cfgs: Vec::new() })
}
