//! The rules that no single option can check by itself.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, Pat};

use super::returns::{self, Returns};
use crate::errors::{self, Errors};
use crate::syntax::field::{self, Field};
use crate::syntax::item::Function;
use crate::syntax::keys;
use crate::syntax::name::Name;
use crate::syntax::option::Options;

/// Rules about one function.
pub(crate) fn function(
    options: &Options,
    function: &Function,
    returns: Returns,
    errors: &mut Errors,
) {
    place(function, errors);
    parents(options, errors);
    parent_is_in_scope(options, function, errors);
    outcome(options, function, returns, errors);
    if let Some(skip) = options.skip.span() {
        errors.at(skip, errors::skip_alone());
    }
}

/// Rules about `span!`.
pub(crate) fn block(options: &Options, errors: &mut Errors) {
    parents(options, errors);
    if options.name.get().is_none() && errors.is_empty() {
        errors.at(proc_macro2::Span::call_site(), errors::span_needs_name());
    }
}

fn place(function: &Function, errors: &mut Errors) {
    if let Some(constness) = function.sig.constness {
        errors.at(constness.span, errors::const_fn());
    }
    for attr in &function.attrs {
        let naked = attr.path().is_ident("naked")
            || attr.path().is_ident("unsafe")
                && attr.parse_args::<syn::Ident>().is_ok_and(|inner| inner == "naked");
        if naked {
            errors.on(attr, errors::naked_fn());
        }
    }
}

fn parents(options: &Options, errors: &mut Errors) {
    if let (Some(_), Some(parent)) = (options.root.span(), options.parent.span()) {
        let why = "a root span has no parent; to keep a reference to it, use `links = [context]`";
        errors.at(parent, errors::conflict(keys::ROOT, keys::PARENT, why));
    }
}

/// The parent of an `async fn` is found when it is called, but its patterns are matched later.
fn parent_is_in_scope(options: &Options, function: &Function, errors: &mut Errors) {
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

fn outcome(options: &Options, function: &Function, returns: Returns, errors: &mut Errors) {
    let ignores = options.err.get().is_some_and(|err| err.ignore);
    let err = if ignores { None } else { options.err.span() };
    let asked = [(options.ret.span(), keys::RET), (err, keys::ERR)];
    let name = function.name();
    for (span, option) in asked {
        let Some(span) = span else { continue };
        match returns {
            Returns::Nothing => errors.at(span, errors::returns_nothing(option, &name)),
            Returns::Never => errors.at(span, errors::never_returns(option, &name)),
            Returns::Stream | Returns::BoxedStream => {
                errors.at(span, errors::stream_has_no_value(option));
            }
            Returns::Plain if option == keys::ERR => {
                let ty = returns::display(&function.sig.output);
                errors.at(span, errors::cannot_fail(&name, &ty));
            }
            _ if function.is_track_caller()
                && function.sig.asyncness.is_none()
                && !function.can_be_nested() =>
            {
                errors.at(span, errors::track_caller_method(option));
            }
            _ => {}
        }
    }
}

/// Takes the `#[attr…]`s off the parameters and reads them.
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

/// Rules about all keys of one span.
pub(crate) fn keys<'a>(fields: impl Iterator<Item = &'a Field>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for Field { key, .. } in fields {
        if key.text.is_empty() {
            errors.at(key.span, errors::empty_key());
        } else if key.text.contains('\0') {
            errors.at(key.span, errors::nul_in_key());
        } else if !seen.insert(key.text.as_str()) {
            errors.at(key.span, errors::duplicate_key(&key.text));
        }
    }
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
