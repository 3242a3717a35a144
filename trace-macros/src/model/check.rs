//! Checks the rules across the options of one attribute, and those about its function.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, Pat};

use crate::attribute::Macro;
use crate::errors::{self, Errors, Noun};
use crate::syntax::attributes;
use crate::syntax::field::{self, Field};
use crate::syntax::item::Function;
use crate::syntax::keys;
use crate::syntax::name::Name;
use crate::syntax::trace::Options;

/// Rules about `span!`.
pub(crate) fn block(options: &Options, errors: &mut Errors) {
    parents(options, errors);
    if !options.name.is_given() && errors.is_empty() {
        errors.at(Span::call_site(), errors::span_needs_name());
    }
}

/// Rules about the function that has an attribute.
pub(crate) fn place(attribute: Macro, function: &Function, errors: &mut Errors) {
    if let Some(constness) = function.sig.constness {
        errors.at(constness.span, errors::const_fn(attribute));
    }
    for attr in &function.attrs {
        let naked = attr.path().is_ident("naked")
            || attr.path().is_ident("unsafe")
                && attr.parse_args::<syn::Ident>().is_ok_and(|inner| inner == "naked");
        if naked {
            errors.on(attr, errors::naked_fn(attribute));
        }
    }
}

/// Rules about the parent of a span.
pub(crate) fn parents(options: &Options, errors: &mut Errors) {
    if let (true, Some(parent)) = (options.root.is_given(), options.parent.span()) {
        let why = "a root span has no parent; to keep a reference to it, use `links = [context]`";
        errors.at(parent, errors::conflict(keys::ROOT, keys::PARENT, why));
    }
}

/// Rejects a parent that is part of a destructured argument of an `async fn`: the parent is evaluated
/// when the function is called, and its patterns are matched later.
pub(crate) fn parent_is_in_scope(options: &Options, function: &Function, errors: &mut Errors) {
    let (Some(parent), true) = (options.parent.get(), function.sig.asyncness.is_some()) else {
        return;
    };
    for input in &function.sig.inputs {
        if let FnArg::Typed(typed) = input
            && !matches!(&*typed.pat, Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none())
        {
            for word in words(typed.pat.to_token_stream()) {
                if words(parent.to_token_stream()).contains(&word) {
                    errors.on(parent, errors::parent_from_pattern());
                    return;
                }
            }
        }
    }
}

fn words(tokens: TokenStream) -> Vec<String> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) => words(group.stream()),
            TokenTree::Ident(ident) => vec![ident.to_string()],
            _ => Vec::new(),
        })
        .collect()
}

/// Takes the `#[attr…]`s off the parameters and parses them.
pub(crate) fn helpers(function: &mut Function, errors: &mut Errors) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut last = None;
    for (index, attr) in function.take_helpers() {
        if last.replace(index) == Some(index) {
            errors.on(&attr, errors::attr_twice());
            continue;
        }
        let typed = match &function.sig.inputs[index] {
            FnArg::Typed(typed) => typed,
            FnArg::Receiver(_) => {
                errors.on(&attr, errors::attr_on_self());
                continue;
            }
        };
        let ident = match &*typed.pat {
            Pat::Ident(pat) if pat.subpat.is_none() => &pat.ident,
            _ => {
                errors.on(&attr, errors::attr_on_pattern());
                continue;
            }
        };
        match field::helper(&attr, ident) {
            Ok(mut field) => {
                field.cfgs = typed
                    .attrs
                    .iter()
                    .filter(|attr| attr.path().is_ident("cfg"))
                    .cloned()
                    .collect();
                fields.push(field);
            }
            Err(error) => errors.push(error),
        }
    }
    fields
}

/// Rejects the `#[attr…]`s of a function without a span, unless a `cfg_attr` hides a `#[trace]`.
pub(crate) fn no_helpers(function: &mut Function, errors: &mut Errors) {
    if function.attrs.iter().any(|attr| attributes::hidden(attr) == Some(Macro::Trace)) {
        return;
    }
    for (_, attr) in function.take_helpers() {
        errors.on(&attr, errors::attr_without_span());
    }
}

/// Rules about all keys of one span.
pub(crate) fn keys<'a>(fields: impl Iterator<Item = &'a Field>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for Field { key, .. } in fields {
        if key.text.is_empty() {
            errors.at(key.span, errors::empty_key(Noun::Attribute));
        } else if key.text.contains('\0') {
            errors.at(key.span, errors::nul_in_key(Noun::Attribute));
        } else if !seen.insert(key.text.as_str()) {
            errors.at(key.span, errors::duplicate_key(Noun::Attribute, &key.text));
        }
    }
}

/// Rules about the keys of baggage, which travel in a header
/// ([W3C Baggage](https://www.w3.org/TR/baggage/#key)).
pub(crate) fn entries(fields: &[Field], errors: &mut Errors) {
    let mut seen = HashSet::new();
    for Field { key, .. } in fields {
        if key.text.is_empty() {
            errors.at(key.span, errors::empty_key(Noun::Entry));
        } else if !key.text.chars().all(is_token) {
            let fitting = key.text.replace(|char| !is_token(char), "_");
            errors.at(key.span, errors::no_baggage_key(&key.text, &fitting));
        } else if !seen.insert(key.text.as_str()) {
            errors.at(key.span, errors::duplicate_key(Noun::Entry, &key.text));
        }
    }
}

/// Whether a token of HTTP may contain the character.
fn is_token(char: char) -> bool {
    char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char)
}

/// Rules about the name of a span.
pub(crate) fn name(name: Option<Name>, errors: &mut Errors) -> Option<Name> {
    if let Some(Name::Constant(expression)) = &name
        && words(expression.to_token_stream()).iter().any(|word| word == "Self" || word == "self")
    {
        errors.on(expression, errors::name_uses_self());
    }
    name
}
