//! Writes the forms of functions that return futures and streams.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{ReturnType, Signature};

use super::blocks::{around, closure, last};
use super::expansion::Expansion;
use super::measure::{self, Held};
use super::names::Names;
use super::parameters::Parameters;
use super::{label, outcome, start};
use crate::model::returns::{self, Returns};
use crate::syntax::attributes;
use crate::syntax::item::{Body, Function, split_inner_attributes};
use crate::syntax::tail::AsyncTail;

/// How the output of a future is inspected.
#[derive(Default)]
struct Probe {
    /// How the names of the functions end that take the argument.
    suffix: &'static str,
    /// The statement that selects an inspector by the type of the output.
    select: Option<TokenStream>,
    /// That inspector, or a closure with the user's expressions.
    argument: Option<TokenStream>,
}

impl Expansion<'_> {
    pub(super) fn asynchronous(&self, function: &mut Function, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let here = function.sig.asyncness.map_or(at, |token| token.span);
        let rebind = Parameters::take(&mut function.sig, self.call).rebind;
        let first = self.first_within();
        let value = last(&body.block, at);
        if self.returns == Returns::Never {
            // `!` cannot be named as the output of a future; a type without values can.
            let hint = hint(&quote_spanned!(at=> #rt::core::convert::Infallible), &self.names);
            let block = around(body, quote!(#rebind #first #hint #value));
            let future = quote_spanned!(here=> async move #block);
            let future = self.instrument(self.scoped_future(future));
            return quote_spanned!(at=> match #future.await {});
        }
        let hint = hint(&self.ty(&function.sig), &self.names);
        // An `async fn` may return a future; the block that it becomes may, too.
        let block = around(body, quote!(#rebind #first #hint #value));
        let future = quote_spanned!(here=> async move #block);
        let future = match returns::names_future(&function.sig.output) {
            true => quote_spanned!(at=> { #[allow(clippy::async_yields_async)] #future }),
            false => future,
        };
        self.returned(function, future)
    }

    /// An `async fn` whose body stays that of an `async fn`, nested in it.
    pub(super) fn asynchronous_relayed(&self, function: &mut Function, body: &Body) -> TokenStream {
        let at = self.names.at;
        let (inner, call) = self.inner(function, body);
        let first = self.first_within();
        let future =
            self.returned(function, quote_spanned!(at=> async move { #first #call.await }));
        quote_spanned!(at=> #inner #future)
    }

    /// Makes the function return the wrapped future instead of being an `async fn`.
    fn returned(&self, function: &mut Function, future: TokenStream) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let future = self.instrument(self.scoped_future(future));
        if function.rewritten || !function.attrs.iter().all(attributes::is_inert_for_futures) {
            return quote_spanned!(at=> #future.await);
        }
        function.sig.asyncness = None;
        let output = match &function.sig.output {
            ReturnType::Default => quote_spanned!(at=> ()),
            ReturnType::Type(_, ty) => ty.to_token_stream(),
        };
        // In this crate's edition, `impl` captures all lifetimes, as `async fn` does.
        function.sig.output = ReturnType::Type(
            syn::Token![->](at),
            Box::new(syn::Type::Verbatim(quote_spanned!(at=> impl #rt::Future<Output = #output>))),
        );
        future
    }

    pub(super) fn in_place(&self, body: &Body) -> Option<TokenStream> {
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
        let future = self.scoped_future(future);
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

    pub(super) fn lazy(&self, sig: &mut Signature, body: &Body) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let start = self.call.span.as_ref().map(|span| {
            let start = start::detached(span, &self.names);
            quote_spanned!(at=> let mut __trace_span = #start;)
        });
        let parameters = Parameters::take(sig, self.call);
        let ty = self.ty(sig);
        // The baggage is in scope while the future is built and while it runs.
        let entries = self.baggage().map(|baggage| {
            quote_spanned! {at=>
                let __trace_entries = #baggage;
                let __trace_scope = #rt::core::clone::Clone::clone(&__trace_entries);
            }
        });
        let scope = entries
            .as_ref()
            .map(|_| quote_spanned!(at=> let __trace_baggage = #rt::in_baggage(__trace_scope);));
        let value = last(&body.block, at);
        // Values without a name get one before the span starts.
        let rebind = &parameters.rebind;
        let early = parameters.has_patterns && self.call.looks_at_arguments();
        let (before, within) = if early { (Some(rebind), None) } else { (None, Some(rebind)) };
        let measures = self.before();
        let labels = self.call.meter.as_ref().map(|meter| {
            let labels = label::gated(&meter.labels, &self.names);
            quote_spanned!(at=> let __trace_labels = #labels;)
        });
        let closure = closure(body, quote!(#within #scope #value));
        let run = match &start {
            Some(_) => {
                quote_spanned!(at=> #rt::run_in::<#ty>(&mut __trace_span, #closure))
            }
            None => quote_spanned!(at=> #rt::once::<#ty, _>(#closure)),
        };
        let (function, span) = match &start {
            Some(_) => ("attach", Some(quote_spanned!(at=> __trace_span,))),
            None => ("uninstrumented", None),
        };
        let is_stream = matches!(self.returns, Returns::Stream | Returns::BoxedStream);
        let name = quote_spanned!(at=> __trace_returned);
        let Probe { suffix, select, argument } = match is_stream {
            true => Probe { suffix: "_stream", ..Probe::default() },
            false => self.probe(Held::Beside, &name),
        };
        let function = format_ident!("{function}{suffix}", span = at);
        let returned = match &entries {
            Some(_) => quote_spanned!(at=> #rt::with_baggage(__trace_entries, __trace_returned)),
            None => quote_spanned!(at=> __trace_returned),
        };
        let attach = quote_spanned!(at=> #rt::#function(#span #returned #argument));
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
            #entries
            let __trace_returned = #run;
            #select
            #attach
        }
    }

    /// The first statements inside a future, where the arguments are.
    fn first_within(&self) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let describe = self.call.span.as_ref().and_then(|span| start::describe(span, &self.names));
        let labels = self.call.meter.as_ref().and_then(|meter| {
            let labels = label::known(&meter.labels, &self.names)?;
            Some(quote_spanned!(at=> #rt::meter_labels(&__TRACE_METER, #labels);))
        });
        let recorded = measure::before(self.call, Held::InFuture, labels, &self.names).1;
        let scope = self.enter_scope();
        quote!(#describe #recorded #scope)
    }

    /// The wrapped future.
    fn instrument(&self, future: TokenStream) -> TokenStream {
        let Names { at, rt } = &self.names;
        let at = *at;
        let parent = self.call.span.as_ref().and_then(|span| start::parent(span, &self.names));
        let under = if parent.is_some() { "_under" } else { "" };
        // Evaluated before the future, which takes the arguments.
        let bind_parent = parent.map(|parent| quote_spanned!(at=> let __trace_parent = #parent;));
        let parent = bind_parent.as_ref().map(|_| quote_spanned!(at=> __trace_parent,));
        let name = quote_spanned!(at=> __trace_future);
        let Probe { suffix, select, argument } = self.probe(Held::InFuture, &name);
        // The type of its output selects the inspector, so it has a name first.
        let (bind, future) = match &select {
            Some(select) => (Some(quote_spanned!(at=> let #name = #future; #select)), name),
            None => (None, future),
        };
        let future = match &self.call.span {
            Some(_) => {
                let function = format_ident!("instrument{suffix}{under}", span = at);
                quote_spanned!(at=> #rt::#function(&__TRACE_SITE, #parent #future #argument))
            }
            None => {
                let function = format_ident!("uninstrumented{suffix}", span = at);
                quote_spanned!(at=> #rt::#function(#future #argument))
            }
        };
        let future = if self.call.meter.is_some() {
            quote_spanned!(at=> #rt::metered_future(#future, &__TRACE_METER))
        } else if self.call.holds() {
            quote_spanned!(at=> #rt::holding_future(#future))
        } else {
            future
        };
        match (&bind_parent, &bind) {
            (None, None) => future,
            _ => quote_spanned!(at=> { #bind_parent #bind #future }),
        }
    }

    /// How the output of the future `future` is inspected.
    fn probe(&self, held: Held, future: &TokenStream) -> Probe {
        if !self.inspects {
            return Probe::default();
        }
        let Names { at, rt } = &self.names;
        let at = *at;
        // A hand-written block may leave the type of its error to the signature.
        let ty = self.output.as_ref().map(|ty| quote_spanned!(at=> ::<#ty, _>));
        let look = self.look(quote_spanned!(at=> #rt::output_of #ty (&#future)));
        if outcome::is_default(self.call, &look, held) {
            let inspector = look.inspector();
            return Probe {
                suffix: "_judged",
                select: Some(quote_spanned! {at=>
                    let __trace_inspector = { use #rt::probe::outputs::*; #inspector };
                }),
                argument: Some(quote_spanned!(at=> , __trace_inspector)),
            };
        }
        let look = self.look(quote_spanned!(at=> __trace_returned));
        let finish = quote_spanned!(at=> __trace_end);
        let inspect = outcome::inspect(self.call, &look, Some(&finish), held);
        let ty = self.output.as_ref().map(|ty| quote_spanned!(at=> : &#ty));
        Probe {
            suffix: "_checked",
            select: None,
            argument: Some(
                quote_spanned!(at=> , move |__trace_returned #ty, __trace_end| #inspect),
            ),
        }
    }
}

/// A `return` that never runs: the first one determines the type to which all others are coerced.
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
