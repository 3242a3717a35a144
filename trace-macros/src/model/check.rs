//! The rules that no single option can check by itself.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, Pat};

use super::call::{Call, ErrorPolicy};
use super::label::Moment;
use super::metered::Meter;
use super::returns::{self, Returns};
use crate::errors::{self, Errors, Noun};
use crate::syntax::attributes;
use crate::syntax::business::On;
use crate::syntax::field::{self, Field};
use crate::syntax::item::Function;
use crate::syntax::keys::{self, Macro};
use crate::syntax::name::Name;
use crate::syntax::trace::Options;

/// Rules about `span!`.
pub(crate) fn block(options: &Options, errors: &mut Errors) {
    parents(options, errors);
    if options.name.get().is_none() && errors.is_empty() {
        errors.at(Span::call_site(), errors::span_needs_name());
    }
}

/// Rules about the function that an attribute stands on.
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

/// Rules about where a span continues from.
pub(crate) fn parents(options: &Options, errors: &mut Errors) {
    if let (Some(_), Some(parent)) = (options.root.span(), options.parent.span()) {
        let why = "a root span has no parent; to keep a reference to it, use `links = [context]`";
        errors.at(parent, errors::conflict(keys::ROOT, keys::PARENT, why));
    }
}

/// The parent of an `async fn` is found when it is called, but its patterns are matched later.
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

/// Rules about what looks at the return value.
pub(crate) fn outcome(
    call: &Call,
    err: Option<Span>,
    function: &Function,
    returns: Returns,
    errors: &mut Errors,
) {
    let ret = call.span.as_ref().and_then(|span| span.ret_span);
    let err = err.filter(|_| !matches!(call.err, ErrorPolicy::Ignore));
    let mut asked: Vec<(Span, &str, bool)> = Vec::new();
    asked.extend(ret.map(|span| (span, keys::RET, false)));
    asked.extend(err.map(|span| (span, keys::ERR, true)));
    for label in call.meter.iter().flat_map(|meter| &meter.labels) {
        if label.moment != Moment::Start {
            asked.push((label.key.span, keys::LABELS, label.moment == Moment::Err));
        }
    }
    for measure in &call.measures {
        asked.extend(measure.questions());
    }
    let name = function.name();
    let ty = || returns::display(&function.sig.output);
    for (span, option, of_error) in asked {
        match returns {
            Returns::Nothing => errors.at(span, errors::returns_nothing(option, &name)),
            Returns::Never => errors.at(span, errors::never_returns(option, &name)),
            Returns::Stream | Returns::BoxedStream => {
                errors.at(span, errors::stream_has_no_value(option));
            }
            Returns::Plain if of_error => errors.at(span, errors::cannot_fail(&name, &ty())),
            _ => caller(option, span, function, errors),
        }
    }
    for measure in &call.measures {
        let (Some(on), Some(span)) = (measure.on, measure.on_span) else { continue };
        match returns {
            Returns::Never => errors.at(span, errors::never_returns(keys::ON, &name)),
            Returns::Stream | Returns::BoxedStream => {
                errors.at(span, errors::stream_has_no_value(keys::ON));
            }
            Returns::Nothing | Returns::Plain if on == On::Error => {
                errors.at(span, errors::on_cannot_fail(&name, &ty()));
            }
            _ => caller(keys::ON, span, function, errors),
        }
    }
}

/// The return value of some functions that want to know their caller cannot be looked at.
fn caller(option: &str, span: Span, function: &Function, errors: &mut Errors) {
    let is_called = function.sig.asyncness.is_none();
    if function.is_track_caller() && is_called && !function.can_be_nested() {
        errors.at(span, errors::track_caller_method(option));
    }
}

/// Rules about all metrics of one function.
pub(crate) fn metrics(call: &Call, errors: &mut Errors) {
    let mut seen: HashSet<String> =
        call.meter.iter().flat_map(Meter::metrics).map(|name| name.to_lowercase()).collect();
    for measure in &call.measures {
        let name = &measure.instrument.name;
        // Names differ in more than their case.
        if !seen.insert(name.value().to_lowercase()) {
            errors.on(name, errors::metric_twice(&name.value()));
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

/// Refuses the `#[attr…]`s of a function without a span, unless a hidden `#[trace]` may take them.
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

/// Whether a token of HTTP may have it.
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
