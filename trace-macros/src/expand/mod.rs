//! From the model to tokens. Every expansion is one static, one guard or one wrapped future, and
//! calls into the runtime's private module; whatever can be shared is there, not here.

mod baggage;
mod body;
mod container;
mod derive;
mod entries;
mod future;
mod label;
mod measure;
mod meter;
mod outcome;
mod parameters;
mod site;
mod start;
#[cfg(test)]
mod tests;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::errors::{self, Errors};
use crate::model::call::{Call, Origin};
use crate::model::reserved;
use crate::model::trace::Trace;
use crate::syntax::item::{Function, Item};
use crate::syntax::keys::{self, Macro, Place};
use crate::syntax::option::Options as _;
use crate::syntax::stack::Stack;
use crate::syntax::trace::Options;

/// Expands `#[trace]`.
pub(crate) fn trace(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute(Macro::Trace, options.into(), item.into()).into()
}

/// Expands `#[metered]`.
pub(crate) fn metered(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute(Macro::Metered, options.into(), item.into()).into()
}

/// Expands `#[business_metric]`.
pub(crate) fn business_metric(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute(Macro::BusinessMetric, options.into(), item.into()).into()
}

/// Expands `#[derive(Label)]`.
pub(crate) fn label(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::label(item.into()).into()
}

/// Expands `span!`.
pub(crate) fn span(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    block(input.into()).into()
}

/// Expands `__reserved_labels!` to a slice of reasons, each with the names that it is one for.
pub(crate) fn reserved_labels() -> proc_macro::TokenStream {
    let rows = reserved::names(true).map(|(why, names)| quote!((#why, &[#(#names),*])));
    quote!(&[#(#rows),*]).into()
}

/// Expands an attribute together with the others on its item.
fn attribute(which: Macro, options: TokenStream, item: TokenStream) -> TokenStream {
    if options.to_string() == keys::ABSORBED {
        return TokenStream::new();
    }
    let mut errors = Errors::new();
    let (mut stack, here) = (Stack::none(), Span::call_site());
    let expanded = match Item::parse(item.clone(), which) {
        Ok(Item::Function(mut function)) => {
            stack.add(which, options, here, Place::Function, &mut errors);
            let place = |_| Place::Function;
            stack.absorb(function.take_ours(), place, |other| other == which, &mut errors);
            one_function(stack, *function, None, &mut errors)
        }
        Ok(Item::Container(mut container)) => {
            stack.add(which, options, here, Place::Container, &mut errors);
            let place = |_| Place::Container;
            stack.absorb(container.take_ours(), place, |other| other == which, &mut errors);
            container::expand(stack, container, &mut errors)
        }
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
    let mut options = Options::parse(input, Place::Block, &mut errors);
    let krate = options.krate.value.take().map(|(_, path)| path);
    let origin =
        Origin { function: String::new(), line: None, documentation: String::new(), krate };
    let trace = Trace::block(options, &mut errors);
    let names = Names::new(&origin);
    if !errors.is_empty() {
        let (mistakes, at, rt) = (errors.finish(), names.at, &names.rt);
        return quote_spanned!(at=> { #mistakes #rt::Guard::off() });
    }
    drop(errors.finish());
    let site = site::site(&origin, Some(&trace), &names);
    let start = start::opened(&trace, &names, start::Opened::Guard);
    let at = names.at;
    quote_spanned!(at=> { #site #start })
}

/// Items that vanish, but for which the compiler looks up the attributes that were taken off: so
/// that their imports are used, and that editors find them.
fn absorbed(paths: &[Path]) -> TokenStream {
    let at = Span::mixed_site();
    let absorbed = Ident::new(keys::ABSORBED, at);
    quote_spanned!(at=> #(#[#paths(#absorbed)] const _: () = ();)*)
}

/// Expands one function, or prints it plainly if there are mistakes in its options.
fn one_function(
    stack: Stack,
    mut function: Function,
    owner: Option<&str>,
    errors: &mut Errors,
) -> TokenStream {
    let (first, is_bare) = (stack.first(), stack.is_bare);
    let call = Call::of(stack, &mut function, owner, errors);
    if function.body.is_none() {
        if !is_bare || call.span.is_some_and(|span| !span.start.is_empty()) {
            errors.on(&function.sig.ident, errors::no_body(first));
        }
        return function.into_token_stream();
    }
    if !errors.is_empty() {
        // Neither imports that only the others need, nor parameters that only the options use, are
        // a second mistake.
        if let Some(body) = &mut function.body {
            body.inner.extend(absorbed(&call.absorbed));
        }
        let at = Span::mixed_site();
        return quote_spanned!(at=> #[allow(unused_variables)] #function);
    }
    body::expand(function, &call)
}

/// The names that an expansion uses. All are `mixed_site`: invisible to the body, and of the
/// edition of this crate, so that its rules on captures and temporaries hold everywhere.
struct Names {
    at: Span,
    /// The private module of the runtime.
    rt: TokenStream,
}

impl Names {
    fn new(origin: &Origin) -> Self {
        Self::at(origin.krate.as_ref(), Span::mixed_site())
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
