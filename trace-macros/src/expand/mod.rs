//! From the model to tokens. Every expansion is one static, one guard or one wrapped future, and
//! calls into the runtime's private module; whatever can be shared is there, not here.

mod body;
mod container;
mod outcome;
mod parameters;
mod site;
mod start;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Path;

use crate::errors::{self, Errors};
use crate::model::trace::Trace;
use crate::syntax::item::{Function, Item};
use crate::syntax::keys::Place;
use crate::syntax::option::Options;

/// Expands `#[trace]`.
pub(crate) fn trace(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute(options.into(), item.into()).into()
}

/// Expands `span!`.
pub(crate) fn span(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    block(input.into()).into()
}

fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let expanded = match Item::parse(item.clone()) {
        Ok(Item::Function(function)) => {
            let place = Place::Function;
            let options = Options::parse(options, place, &mut errors);
            one_function(options, *function, None, &mut errors)
        }
        Ok(Item::Container(container)) => container::expand(options, container, &mut errors),
        Err(error) => {
            errors.push(error);
            item
        }
    };
    let mut tokens = errors.finish();
    tokens.extend(expanded);
    tokens
}

fn block(input: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = Options::parse(input, Place::Block, &mut errors);
    let trace = Trace::block(options, &mut errors);
    let names = Names::new(&trace);
    if !errors.is_empty() {
        let (mistakes, at, rt) = (errors.finish(), names.at, &names.rt);
        return quote_spanned!(at=> { #mistakes #rt::Guard::off() });
    }
    drop(errors.finish());
    let site = site::site(&trace, &names);
    let start = start::opened(&trace, &names, start::Opened::Guard);
    let at = names.at;
    quote_spanned!(at=> { #site #start })
}

/// Expands one function, or prints it plainly if there are mistakes in its options.
fn one_function(
    options: Options,
    mut function: Function,
    owner: Option<&str>,
    errors: &mut Errors,
) -> TokenStream {
    for again in function.take_trace() {
        errors.on(again, errors::trace_twice());
    }
    let bare = options.is_empty();
    let trace = Trace::of(options, &mut function, owner, errors);
    if function.body.is_none() {
        if !bare || !trace.start.is_empty() {
            errors.on(&function.sig.ident, errors::no_body());
        }
        return function.into_token_stream();
    }
    if !errors.is_empty() {
        // Parameters that only the options use are no second mistake.
        let at = Span::mixed_site();
        return quote_spanned!(at=> #[allow(unused_variables)] #function);
    }
    body::expand(function, &trace)
}

/// The names that an expansion uses. All are `mixed_site`: invisible to the body, and of the
/// edition of this crate, so that its rules on captures and temporaries hold everywhere.
struct Names {
    at: Span,
    /// The private module of the runtime.
    rt: TokenStream,
}

impl Names {
    fn new(trace: &Trace) -> Self {
        Self::at(trace.krate.as_ref(), Span::mixed_site())
    }

    fn at(krate: Option<&Path>, at: Span) -> Self {
        let private = syn::Ident::new(crate::PRIVATE, at);
        let rt = match krate {
            Some(path) => quote_spanned!(at=> #path::#private),
            None => quote_spanned!(at=> ::trace_runtime::#private),
        };
        Self { at, rt }
    }
}
