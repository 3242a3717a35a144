//! `#[trace]` on an `impl` block or a trait: its options are the defaults of the methods, and the
//! methods' own `#[trace(…)]` are absorbed.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::errors::{self, Errors};
use crate::model::check;
use crate::syntax::attributes;
use crate::syntax::item::{Container, Function, Member, is_trace};
use crate::syntax::keys::Place;
use crate::syntax::option::Options;

pub(crate) fn expand(
    options: TokenStream,
    mut container: Container,
    errors: &mut Errors,
) -> TokenStream {
    let defaults = Options::parse(options, Place::Container, errors);
    let members = std::mem::take(&mut container.members);
    let rewritten = !container.attrs.iter().all(attributes::is_inert);
    let mut tokens = TokenStream::new();
    for member in members {
        match member {
            Member::Other(other) => tokens.extend(other),
            Member::Function(mut function) => {
                function.rewritten = rewritten;
                tokens.extend(method(*function, &defaults, &container.name, errors));
            }
        }
    }
    container.print(tokens)
}

fn method(
    mut function: Function,
    defaults: &Options,
    owner: &str,
    errors: &mut Errors,
) -> TokenStream {
    function.attrs.retain(|attr| {
        let hidden = hides_trace(attr);
        if hidden {
            errors.on(attr, errors::trace_under_cfg_attr());
        }
        !hidden
    });
    let own = function.take_trace();
    let mut attributes = own.into_iter();
    let Some(first) = attributes.next() else {
        if function.body.is_none() || function.sig.constness.is_some() {
            drop(check::helpers(&mut function, errors));
            return function.into_token_stream();
        }
        return with_defaults(Options::none(), function, defaults, owner, errors);
    };
    for again in attributes {
        errors.on(again, errors::trace_twice());
    }
    let list = match first.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens,
        Meta::NameValue(meta) => {
            errors.on(meta, errors::not_an_option());
            TokenStream::new()
        }
    };
    let options = Options::parse(list, Place::Member, errors);
    if options.skip.span().is_some() {
        if !options.is_only_skip() {
            errors.at(options.first_besides_skip(), errors::skip_with_others());
        }
        drop(check::helpers(&mut function, errors));
        return function.into_token_stream();
    }
    if function.body.is_none() {
        return super::one_function(options, function, Some(owner), errors);
    }
    with_defaults(options, function, defaults, owner, errors)
}

fn with_defaults(
    mut options: Options,
    function: Function,
    defaults: &Options,
    owner: &str,
    errors: &mut Errors,
) -> TokenStream {
    let named_result = crate::model::returns::is_named_result(&function.sig.output);
    options.inherit(defaults, named_result);
    super::one_function(options, function, Some(owner), errors)
}

fn hides_trace(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg_attr")
        && attr
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|list| list.iter().skip(1).any(|meta| is_trace(meta.path())))
}
