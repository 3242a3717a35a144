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
//!
//! Where there is nothing but business metrics that are known before the body, they are recorded
//! before it, whatever the function is. Where there is no span, the other forms are the same with
//! less in them.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, ReturnType, Safety, Signature};

use super::measure::{self, Held};
use super::outcome::{self, Look};
use super::parameters::{self, Parameters};
use super::start::{self, Opened};
use super::{Names, entries, label, meter, site};
use crate::model::call::Call;
use crate::model::returns::{self, FutureOutput, Returns};
use crate::syntax::attributes;
use crate::syntax::early::may_return_early;
use crate::syntax::item::{Body, Function, split_inner_attributes};
use crate::syntax::tail::AsyncTail;

pub(crate) fn expand(mut function: Function, call: &Call) -> TokenStream {
    let returns = function.returns();
    let (inspects, wraps) = (call.inspects(returns), call.wraps(returns));
    let relay = inspects && function.is_track_caller() && !returns.is_lazy();
    let relay = relay.then(|| function.can_be_nested());
    let Some(body) = function.body.take() else { return function.into_token_stream() };
    let names = Names::new(&call.origin);
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
    let expansion = Expansion { call, names, returns, inspects, wraps, output, blamed };
    let in_place = if returns.is_lazy() { expansion.in_place(&body) } else { None };
    let block = if let Some(block) = in_place {
        block
    } else if !wraps {
        expansion.preceded(&body)
    } else if function.sig.asyncness.is_some() {
        expansion.asynchronous(&mut function, &body)
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
    call: &'a Call,
    names: Names,
    returns: Returns,
    inspects: bool,
    /// Something stands around the body, not only before it.
    wraps: bool,
    /// What the future that the signature names returns.
    output: Option<TokenStream>,
    /// Where the signature says what is returned.
    blamed: Span,
}

impl Expansion<'_> {
    /// The function with its new statements; the attributes of the old body stay first.
    fn print(&self, function: &Function, body: &Body, statements: TokenStream) -> TokenStream {
        let at = self.names.at;
        let site = site::site(&self.call.origin, self.call.span.as_ref(), &self.names);
        let meter = self.call.meter.as_ref().map(|meter| meter::declare(meter, &self.names));
        let instruments = measure::declare(&self.call.measures, &self.names);
        let entries = entries::entries(self.call, &self.names);
        let mut tokens = TokenStream::new();
        tokens.append_all(&function.attrs);
        function.vis.to_tokens(&mut tokens);
        function.defaultness.to_tokens(&mut tokens);
        function.sig.to_tokens(&mut tokens);
        // Where the body was, so that the function begins and ends where it was written.
        let inner = &body.inner;
        let all = quote_spanned!(at=> #inner #site #meter #instruments #entries #statements);
        let mut block = Group::new(Delimiter::Brace, all);
        block.set_span(body.block.span());
        block.to_tokens(&mut tokens);
        tokens
    }

    /// What is evaluated before the body, where the body takes its arguments from there.
    fn before(&self) -> TokenStream {
        measure::before(self.call, Held::Beside, None, &self.names).0
    }

    fn preceded(&self, body: &Body) -> TokenStream {
        let before = self.before();
        let value = last(&body.block, self.names.at);
        quote!(#before #value)
    }

    fn guarded(&self, body: &Body) -> TokenStream {
        let at = self.names.at;
        let start = meter::opened(self.call, &self.names, Opened::Guard);
        let before = self.before();
        let value = last(&body.block, at);
        quote_spanned!(at=> { let __trace_guard = #start; #before #value })
    }

    fn straight(&self, sig: &Signature, body: &Body) -> TokenStream {
        let at = self.names.at;
        let start = meter::opened(self.call, &self.names, Opened::Call);
        let holder = meter::holder(self.call, &self.names);
        let before = self.before();
        let (ty, value) = self.value(sig, body);
        // A body that diverges is no reason to warn.
        quote_spanned! {at=>
            let __trace_call = #start;
            #before
            let __trace_returned: #ty = { #value };
            #[allow(unreachable_code)]
            let () = #holder::leave(__trace_call);
            __trace_returned
        }
    }

    fn inspected(&self, sig: &mut Signature, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let start = meter::opened(self.call, &self.names, Opened::Call);
        let parameters = Parameters::take(sig, self.call);
        let (ty, value) = self.value(sig, body);
        let rebind = &parameters.rebind;
        // Values that have no name yet outside of the closure are recorded from within it.
        let late = parameters.has_patterns && self.call.looks_at_arguments();
        let held = if late { Held::BesideFromWithin } else { Held::Beside };
        let (before, first) = measure::before(self.call, held, None, &self.names);
        let (call, slot, enter) = match start {
            Some(start) if late => {
                let holder = meter::holder(self.call, &self.names);
                (
                    Some(quote_spanned!(at=> #holder::off())),
                    Some(quote_spanned!(at=> let __trace_slot = &mut __trace_call;)),
                    Some(quote_spanned!(at=> *__trace_slot = #start;)),
                )
            }
            start => (start, None, None),
        };
        let open = call.map(|call| self.open(&call, slot.is_some()));
        let close = self.close();
        quote_spanned! {at=>
            #open
            #before
            #slot
            let __trace_returned = #rt::once::<#ty, _>(move || { #rebind #enter #first #value });
            #close
        }
    }

    /// The statement that opens a call whose return value is looked at.
    fn open(&self, call: &TokenStream, has_slot: bool) -> TokenStream {
        let at = self.names.at;
        let changes = has_slot || self.call.reads_outcome(self.returns);
        let mutability = changes.then(|| quote_spanned!(at=> mut));
        quote_spanned!(at=> let #mutability __trace_call = #call;)
    }

    /// Looks at what was returned, leaves, and returns it.
    fn close(&self) -> TokenStream {
        let at = self.names.at;
        let holder = meter::holder(self.call, &self.names);
        let finish = quote_spanned!(at=> #holder::finish(&mut __trace_call));
        let finish = self.call.reads_outcome(self.returns).then_some(&finish);
        let look = self.look(quote_spanned!(at=> &__trace_returned));
        let inspect = outcome::inspect(self.call, &look, finish, Held::Beside);
        let leave =
            self.call.is_judged().then(|| quote_spanned!(at=> #holder::leave(__trace_call);));
        quote_spanned!(at=> #inspect #leave __trace_returned)
    }

    fn look(&self, returned: TokenStream) -> Look<'_> {
        Look { names: &self.names, returned, returns: self.returns, blamed: self.blamed }
    }

    fn relayed(&self, function: &mut Function, body: &Body) -> TokenStream {
        let at = self.names.at;
        let start = meter::opened(self.call, &self.names, Opened::Call);
        let open = start.map(|start| self.open(&start, false));
        let before = self.before();
        let inner = function.sig.clone();
        let arguments = Parameters::take(&mut function.sig, self.call).names;
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
        let close = self.close();
        quote_spanned! {at=>
            #(#attrs)* #sig #block
            #open
            #before
            let __trace_returned = #call;
            #close
        }
    }

    fn asynchronous(&self, function: &mut Function, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let asyncness = function.sig.asyncness.map_or(at, |token| token.span);
        let here = asyncness.resolved_at(Span::mixed_site());
        let rebind = Parameters::take(&mut function.sig, self.call).rebind;
        let first = self.first_within();
        if self.returns == Returns::Never {
            // `!` cannot be named as the output of a future; a type without values can.
            let hint = hint(&quote_spanned!(at=> #rt::core::convert::Infallible), &self.names);
            let value = last(&body.block, at);
            let future = quote_spanned!(here=> async move { #rebind #first #hint #value });
            let future = self.instrument(future);
            return quote_spanned!(at=> match #future.await {});
        }
        let (ty, value) = self.value(&function.sig, body);
        let hint = hint(&ty, &self.names);
        // What is no mistake in an `async fn` is none in the block that it becomes.
        let allow = returns::names_future(&function.sig.output)
            .then(|| quote_spanned!(at=> #[allow(clippy::async_yields_async)]));
        let future = quote_spanned!(here=> #allow async move { #rebind #first #hint #value });
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
        let first = self.first_within();
        let future = if first.is_empty() {
            quote!(#keywords #block)
        } else {
            let (inner, rest) = split_inner_attributes(block.stream());
            let mut inside = Group::new(block.delimiter(), rest);
            inside.set_span(block.span());
            let value = last(&inside, at);
            quote_spanned!(at=> #keywords { #inner #first #value })
        };
        let future = if self.wraps { self.instrument(future) } else { future };
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
        let start = self.call.span.as_ref().map(|span| {
            let start = start::detached(span, &self.names);
            quote_spanned!(at=> let mut __trace_span = #start;)
        });
        let parameters = Parameters::take(sig, self.call);
        let (ty, value) = self.value(sig, body);
        // Values that have no name yet are given one before the span starts.
        let rebind = &parameters.rebind;
        let early = parameters.has_patterns && self.call.looks_at_arguments();
        let (before, within) = if early { (Some(rebind), None) } else { (None, Some(rebind)) };
        let measures = self.before();
        let labels = self.call.meter.as_ref().map(|meter| {
            let labels = label::gated(&meter.labels, &self.names);
            quote_spanned!(at=> let __trace_labels = #labels;)
        });
        let run = match &start {
            Some(_) => {
                quote_spanned!(at=> #rt::run_in::<#ty>(&mut __trace_span, move || { #within #value }))
            }
            None => quote_spanned!(at=> #rt::once::<#ty, _>(move || { #within #value })),
        };
        let (function, span) = match &start {
            Some(_) => ("attach", Some(quote_spanned!(at=> __trace_span,))),
            None => ("uninstrumented", None),
        };
        let is_stream = matches!(self.returns, Returns::Stream | Returns::BoxedStream);
        let probe = if is_stream { None } else { self.probe(Held::Beside) };
        let suffix = match &probe {
            _ if is_stream => "_stream",
            Some(_) => "_checked",
            None => "",
        };
        let function = format_ident!("{function}{suffix}", span = at);
        let probe = probe.map(|probe| quote_spanned!(at=> , #probe));
        let attach = quote_spanned!(at=> #rt::#function(#span __trace_returned #probe));
        let attach = match &self.call.meter {
            Some(_) => quote_spanned! {at=>
                #rt::metered_future_with(#attach, &__TRACE_METER, __trace_labels)
            },
            None => attach,
        };
        let attach = match self.returns {
            Returns::BoxedFuture | Returns::BoxedStream => {
                quote_spanned!(at=> #rt::Box::pin(#attach))
            }
            _ => attach,
        };
        quote_spanned! {at=>
            #before
            #start
            #measures
            #labels
            let __trace_returned = #run;
            #attach
        }
    }

    /// The first statements inside a future, where its arguments are.
    fn first_within(&self) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let describe = self.call.span.as_ref().and_then(|span| start::describe(span, &self.names));
        let labels = self.call.meter.as_ref().and_then(|meter| {
            let labels = label::known(&meter.labels, &self.names)?;
            Some(quote_spanned!(at=> #rt::meter_labels(&__TRACE_METER, #labels);))
        });
        let recorded = measure::before(self.call, Held::InFuture, labels, &self.names).1;
        quote!(#describe #recorded)
    }

    /// The wrapped future.
    fn instrument(&self, future: TokenStream) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let probe = self.probe(Held::InFuture);
        let checked = if probe.is_some() { "_checked" } else { "" };
        let probe = probe.map(|probe| quote_spanned!(at=> , #probe));
        let future = match &self.call.span {
            Some(span) => {
                let parent = start::parent(span, &self.names);
                let under = if parent.is_some() { "_under" } else { "" };
                let function = format_ident!("instrument{checked}{under}", span = at);
                let parent = parent.map(|parent| quote_spanned!(at=> #parent,));
                quote_spanned!(at=> #rt::#function(&__TRACE_SITE, #parent #future #probe))
            }
            None => {
                let function = format_ident!("uninstrumented{checked}", span = at);
                quote_spanned!(at=> #rt::#function(#future #probe))
            }
        };
        if self.call.meter.is_some() {
            quote_spanned!(at=> #rt::metered_future(#future, &__TRACE_METER))
        } else if self.call.holds() {
            quote_spanned!(at=> #rt::holding_future(#future))
        } else {
            future
        }
    }

    /// The closure that looks at what a future returned.
    fn probe(&self, held: Held) -> Option<TokenStream> {
        let at = self.names.at;
        self.inspects.then(|| {
            let look = self.look(quote_spanned!(at=> __trace_returned));
            let finish = quote_spanned!(at=> __trace_end);
            let inspect = outcome::inspect(self.call, &look, Some(&finish), held);
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
