//! The forms of an expansion, and which function takes which:
//!
//! | function | form |
//! |---|---|
//! | runs to its end | the body between entering and leaving, the signature untouched |
//! | the same, but it may return early | a guard before the body |
//! | may return an error | the body in a closure, its value inspected |
//! | the same with `#[track_caller]` | the body in an inner function, because a closure has no caller |
//! | `async fn` | a function that returns the wrapped future of an async block |
//! | `async fn` for another attribute to expand | the wrapped future awaited within |
//! | its body is one async block, boxed or not | the block wrapped in its place |
//! | builds a future or stream otherwise | the body runs within the span, its result is wrapped |

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, ReturnType, Safety, Signature};

use super::parameters::{self, Parameters};
use super::start::Opened;
use super::{Names, outcome, site, start};
use crate::model::returns::{self, FutureOutput, Returns};
use crate::model::trace::Trace;
use crate::syntax::attributes;
use crate::syntax::early::may_return_early;
use crate::syntax::item::{Body, Function, split_inner_attributes};
use crate::syntax::tail::AsyncTail;

pub(crate) fn expand(mut function: Function, trace: &Trace) -> TokenStream {
    let returns = function.returns();
    let inspects = trace.inspects(returns);
    let relay = inspects && function.is_track_caller() && !returns.is_lazy();
    let relay = relay.then(|| function.can_be_nested());
    let Some(body) = function.body.take() else { return function.into_token_stream() };
    let names = Names::new(trace);
    let output = match returns::output_of_future(&function.sig.output) {
        _ if function.sig.asyncness.is_some() => None,
        Some(FutureOutput::Written(ty)) => Some(parameters::inferable(ty)),
        Some(FutureOutput::Aliased(ty)) => {
            let (Names { at, rt }, ty) = (&names, parameters::inferable(ty));
            Some(quote_spanned!(*at=> <#ty as #rt::Future>::Output))
        }
        None => None,
    };
    let blamed = match &function.sig.output {
        ReturnType::Default => Span::mixed_site(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    let expansion = Expansion { trace, names, returns, inspects, output, blamed };
    let in_place = if returns.is_lazy() { expansion.in_place(&body) } else { None };
    let block = if function.sig.asyncness.is_some() {
        expansion.asynchronous(&mut function, &body)
    } else if let Some(block) = in_place {
        block
    } else if returns.is_lazy() {
        expansion.lazy(&mut function.sig, &body)
    } else {
        match relay {
            Some(true) => expansion.relayed(&mut function, &body),
            None if inspects => expansion.inspected(&mut function.sig, &body),
            _ if returns == Returns::Never || may_return_early(body.block.stream()) => {
                expansion.guarded(&body)
            }
            _ => expansion.straight(&function.sig, &body),
        }
    };
    expansion.print(&function, &body, block)
}

struct Expansion<'a> {
    trace: &'a Trace,
    names: Names,
    returns: Returns,
    inspects: bool,
    /// What the future that the signature names returns.
    output: Option<TokenStream>,
    /// Where the signature says what is returned.
    blamed: Span,
}

impl Expansion<'_> {
    /// The function with its new statements; the attributes of the old body stay first.
    fn print(&self, function: &Function, body: &Body, statements: TokenStream) -> TokenStream {
        let at = self.names.at;
        let site = site::site(self.trace, &self.names);
        let mut tokens = TokenStream::new();
        tokens.append_all(&function.attrs);
        function.vis.to_tokens(&mut tokens);
        function.defaultness.to_tokens(&mut tokens);
        function.sig.to_tokens(&mut tokens);
        // Where the body was, so that the function begins and ends where it was written.
        let inner = &body.inner;
        let all = quote_spanned!(at=> #inner #site #statements);
        let mut block = Group::new(Delimiter::Brace, all);
        block.set_span(body.block.span());
        block.to_tokens(&mut tokens);
        tokens
    }

    fn guarded(&self, body: &Body) -> TokenStream {
        let at = self.names.at;
        let start = start::opened(self.trace, &self.names, Opened::Guard);
        let value = last(&body.block, at);
        quote_spanned!(at=> { let __trace_guard = #start; #value })
    }

    fn straight(&self, sig: &Signature, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let start = start::opened(self.trace, &self.names, Opened::Call);
        let (ty, value) = self.value(sig, body);
        // A body that diverges is no reason to warn.
        quote_spanned! {at=>
            let __trace_call = #start;
            let __trace_returned: #ty = { #value };
            #[allow(unreachable_code)]
            let () = #rt::Call::leave(__trace_call);
            __trace_returned
        }
    }

    fn inspected(&self, sig: &mut Signature, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let start = start::opened(self.trace, &self.names, Opened::Call);
        let parameters = Parameters::take(sig, self.trace);
        let (ty, value) = self.value(sig, body);
        let rebind = &parameters.rebind;
        let inspect = self.inspect();
        // Values that have no name yet outside of the closure are recorded from within it.
        let late =
            parameters.has_patterns && (self.trace.describes() || self.trace.parent.is_some());
        let (call, slot, enter) = if late {
            (
                quote_spanned!(at=> #rt::Call::off()),
                Some(quote_spanned!(at=> let __trace_slot = &mut __trace_call;)),
                Some(quote_spanned!(at=> *__trace_slot = #start;)),
            )
        } else {
            (start, None, None)
        };
        quote_spanned! {at=>
            let mut __trace_call = #call;
            #slot
            let __trace_returned = #rt::once::<#ty, _>(move || { #rebind #enter #value });
            #inspect
            #rt::Call::leave(__trace_call);
            __trace_returned
        }
    }

    fn inspect(&self) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        outcome::inspect(
            self.trace,
            &self.names,
            &quote_spanned!(at=> &__trace_returned),
            &quote_spanned!(at=> #rt::Call::finish(&mut __trace_call)),
            self.blamed,
        )
    }

    fn relayed(&self, function: &mut Function, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let start = start::opened(self.trace, &self.names, Opened::Call);
        let inner = function.sig.clone();
        let arguments = Parameters::take(&mut function.sig, self.trace).names;
        let attrs = function
            .attrs
            .iter()
            .filter(|attr| !attr.path().is_ident("doc") && attributes::is_inert(attr));
        let (sig, name) = (&inner, &inner.ident);
        let block = Body::with_inner(body);
        let generics: Vec<TokenStream> = sig
            .generics
            .params
            .iter()
            .filter_map(|param| match param {
                GenericParam::Lifetime(_) => None,
                GenericParam::Type(ty) => Some(ty.ident.to_token_stream()),
                GenericParam::Const(constant) => Some(constant.ident.to_token_stream()),
            })
            .collect();
        let turbofish = (!generics.is_empty()).then(|| quote_spanned!(at=> ::<#(#generics),*>));
        let mut call = quote_spanned!(at=> #name #turbofish (#(#arguments),*));
        if matches!(sig.safety, Safety::Unsafe(_)) {
            // SAFETY: of the expansion: whoever calls the function keeps the promises that the one
            // within asks for, which are the same.
            call = quote_spanned!(at=> unsafe { #call });
        }
        let inspect = self.inspect();
        quote_spanned! {at=>
            #(#attrs)* #sig #block
            let mut __trace_call = #start;
            let __trace_returned = #call;
            #inspect
            #rt::Call::leave(__trace_call);
            __trace_returned
        }
    }

    fn asynchronous(&self, function: &mut Function, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let asyncness = function.sig.asyncness.map_or(at, |token| token.span);
        let here = asyncness.resolved_at(Span::mixed_site());
        let rebind = Parameters::take(&mut function.sig, self.trace).rebind;
        let describe = start::describe(self.trace, &self.names);
        if self.returns == Returns::Never {
            // `!` cannot be named as the output of a future; a type without values can.
            let hint = hint(&quote_spanned!(at=> #rt::core::convert::Infallible), &self.names);
            let value = last(&body.block, at);
            let future = quote_spanned!(here=> async move { #rebind #describe #hint #value });
            let future = self.instrument(future);
            return quote_spanned!(at=> match #future.await {});
        }
        let (ty, value) = self.value(&function.sig, body);
        let hint = hint(&ty, &self.names);
        // What is no mistake in an `async fn` is none in the block that it becomes.
        let allow = returns::names_future(&function.sig.output)
            .then(|| quote_spanned!(at=> #[allow(clippy::async_yields_async)]));
        let future = quote_spanned!(here=> #allow async move { #rebind #describe #hint #value });
        let future = self.instrument(future);
        if function.rewritten || !function.attrs.iter().all(attributes::is_inert_for_futures) {
            return quote_spanned!(at=> #future.await);
        }
        function.sig.asyncness = None;
        let output = match &function.sig.output {
            ReturnType::Default => quote_spanned!(at=> ()),
            ReturnType::Type(_, ty) => ty.to_token_stream(),
        };
        // Of this crate's edition, in which `impl` captures all lifetimes, as `async fn` does.
        function.sig.output = ReturnType::Type(
            syn::Token![->](at),
            Box::new(syn::Type::Verbatim(quote_spanned!(at=> impl #rt::Future<Output = #output>))),
        );
        future
    }

    fn in_place(&self, body: &Body) -> Option<TokenStream> {
        if matches!(self.returns, Returns::Stream | Returns::BoxedStream) {
            return None;
        }
        let AsyncTail { boxed, keywords, block } = AsyncTail::of(&body.block)?;
        let at = self.names.at;
        let future = match start::describe(self.trace, &self.names) {
            Some(describe) => {
                let (inner, rest) = split_inner_attributes(block.stream());
                let mut inside = Group::new(block.delimiter(), rest);
                inside.set_span(block.span());
                let value = last(&inside, at);
                quote_spanned!(at=> #keywords { #inner #describe #value })
            }
            None => quote!(#keywords #block),
        };
        let future = self.instrument(future);
        Some(match boxed {
            Some((path, call)) => {
                let mut arguments = Group::new(call.delimiter(), future);
                arguments.set_span(call.span());
                quote!(#path #arguments)
            }
            None => future,
        })
    }

    fn lazy(&self, sig: &mut Signature, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let start = start::detached(self.trace, &self.names);
        let parameters = Parameters::take(sig, self.trace);
        let (ty, value) = self.value(sig, body);
        // Values that have no name yet are given one before the span starts.
        let rebind = &parameters.rebind;
        let early =
            parameters.has_patterns && (self.trace.describes() || self.trace.parent.is_some());
        let (before, within) = if early { (Some(rebind), None) } else { (None, Some(rebind)) };
        let attach = match self.returns {
            Returns::Stream | Returns::BoxedStream => {
                quote_spanned!(at=> #rt::attach_stream(__trace_span, __trace_returned))
            }
            _ => match self.probe() {
                Some(probe) => quote_spanned! {at=>
                    #rt::attach_checked(__trace_span, __trace_returned, #probe)
                },
                None => quote_spanned!(at=> #rt::attach(__trace_span, __trace_returned)),
            },
        };
        let attach = match self.returns {
            Returns::BoxedFuture | Returns::BoxedStream => {
                quote_spanned!(at=> #rt::Box::pin(#attach))
            }
            _ => attach,
        };
        quote_spanned! {at=>
            #before
            let mut __trace_span = #start;
            let __trace_returned =
                #rt::run_in::<#ty>(&mut __trace_span, move || { #within #value });
            #attach
        }
    }

    /// The wrapped future.
    fn instrument(&self, future: TokenStream) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let parent = start::parent(self.trace, &self.names);
        let probe = self.probe();
        match (parent, probe) {
            (None, None) => quote_spanned!(at=> #rt::instrument(&__TRACE_SITE, #future)),
            (None, Some(probe)) => quote_spanned! {at=>
                #rt::instrument_checked(&__TRACE_SITE, #future, #probe)
            },
            (Some(parent), None) => quote_spanned! {at=>
                #rt::instrument_under(&__TRACE_SITE, #parent, #future)
            },
            (Some(parent), Some(probe)) => quote_spanned! {at=>
                #rt::instrument_checked_under(&__TRACE_SITE, #parent, #future, #probe)
            },
        }
    }

    /// The closure that looks at what a future returned.
    fn probe(&self) -> Option<TokenStream> {
        let at = self.names.at;
        self.inspects.then(|| {
            let inspect = outcome::inspect(
                self.trace,
                &self.names,
                &quote_spanned!(at=> __trace_returned),
                &quote_spanned!(at=> __trace_end),
                self.blamed,
            );
            // A block that was written by hand may leave the type of its error to the signature.
            match &self.output {
                Some(ty) => {
                    quote_spanned!(at=> move |__trace_returned: &#ty, __trace_end| #inspect)
                }
                None => quote_spanned!(at=> move |__trace_returned, __trace_end| #inspect),
            }
        })
    }

    /// The type that the body is checked against, and the body.
    fn value(&self, sig: &Signature, body: &Body) -> (TokenStream, TokenStream) {
        let at = self.names.at;
        let ty = match &sig.output {
            ReturnType::Default => quote_spanned!(at=> ()),
            ReturnType::Type(_, ty) => parameters::inferable(ty),
        };
        (ty, last(&body.block, at))
    }
}

/// A block of the user as the last expression of one of ours. Ours is of edition 2024, so that
/// what the last expression of theirs borrowed is dropped before our locals in every edition, as
/// it is at the end of a function. The empty attribute tells the compiler not to find the braces
/// needless.
fn last(block: &Group, at: Span) -> TokenStream {
    quote_spanned!(at=> #[allow()] #block)
}

impl Body {
    fn with_inner(body: &Self) -> Group {
        let mut all = body.inner.clone();
        all.extend(body.block.stream());
        let mut group = Group::new(body.block.delimiter(), all);
        group.set_span(body.block.span());
        group
    }
}

/// A return that never runs: the first one decides what all others are coerced to.
fn hint(ty: &TokenStream, names: &Names) -> Option<TokenStream> {
    let Names { at, rt } = names;
    let at = *at;
    (ty.to_string() != "_").then(|| {
        quote_spanned! {at=>
            if let #rt::Option::Some(__trace_hint) = #rt::Option::None::<#ty> {
                return __trace_hint;
            }
        }
    })
}
