//! The forms of an expansion, and which function takes which:
//!
//! | function | form |
//! |---|---|
//! | runs to its end | the body between entering and leaving, the signature untouched |
//! | the same, but it may return early, or returns `impl Trait` | a guard before the body |
//! | may return an error | the body in a closure, its value inspected |
//! | the same with `#[track_caller]` | the body in an inner function, because a closure has no caller |
//! | is asked for a value that is `impl Fn` | the body in an inner function, which alone can name its type |
//! | `async fn` | a function that returns the wrapped future of an async block |
//! | `async fn` for another attribute to expand | the wrapped future awaited within |
//! | `async fn` that returns `impl Fn` | the future of an inner function, wrapped; a method stays as it is |
//! | its body is one async block, boxed or not | the block wrapped in its place |
//! | builds a future or stream otherwise | the body runs within the span, its result is wrapped |
//!
//! Where there is nothing but business metrics that are known before the body, they are recorded
//! before it, whatever the function is. Where there is no span, the other forms are the same with
//! less in them. The forms of futures and streams are in `future.rs`.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, ReturnType, Safety, Signature};

use super::measure::{self, Held};
use super::outcome::{self, Look};
use super::parameters::{self, Parameters};
use super::start::Opened;
use super::{Names, entries, meter, site};
use crate::model::call::Call;
use crate::model::returns::{self, FutureOutput, Returns};
use crate::model::{error_type, opaque};
use crate::syntax::attributes;
use crate::syntax::early::may_return_early;
use crate::syntax::item::{Body, Function};

pub(crate) fn expand(mut function: Function, call: &Call) -> TokenStream {
    let returns = function.returns();
    let (is_async, is_lazy) = (function.sig.asyncness.is_some(), returns.is_lazy());
    let is_opaque = !is_lazy && opaque::is_opaque(&function.sig.output);
    // Without a question there is no answer worth a body that does not compile.
    let inspects =
        call.inspects(returns) && (!is_opaque || is_async || call.asks_for_value(returns));
    let wraps = call.wraps(returns);
    let is_callable = is_opaque && opaque::is_callable(&function.sig.output);
    let can_be_nested = function.can_be_nested();
    let relay = match function.is_track_caller() {
        _ if is_lazy || is_async || !inspects => None,
        true => Some(can_be_nested),
        false => (is_callable && can_be_nested).then_some(true),
    };
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
    let is_closed = error_type::is_closed(&function.sig.output, &function.sig.generics);
    let expansion = Expansion { call, names, returns, inspects, is_closed, wraps, output, blamed };
    let in_place = if is_lazy { expansion.in_place(&body) } else { None };
    let block = if let Some(block) = in_place {
        block
    } else if !wraps {
        expansion.preceded(&body)
    } else if is_async && is_callable {
        // Within the inner function, arguments are taken apart a second time.
        match can_be_nested && !(function.has_patterns() && call.looks_at_arguments()) {
            true => expansion.asynchronous_relayed(&mut function, &body),
            false => expansion.preceded(&body),
        }
    } else if is_async {
        expansion.asynchronous(&mut function, &body)
    } else if is_lazy {
        expansion.lazy(&mut function.sig, &body)
    } else {
        match relay {
            Some(true) => expansion.relayed(&mut function, &body),
            None if inspects => expansion.inspected(&mut function.sig, &body),
            _ if is_opaque
                || returns == Returns::Never
                || may_return_early(body.block.stream()) =>
            {
                expansion.guarded(&body)
            }
            _ => expansion.straight(&function.sig, &body),
        }
    };
    expansion.print(&function, &body, block)
}

pub(super) struct Expansion<'a> {
    pub(super) call: &'a Call,
    pub(super) names: Names,
    pub(super) returns: Returns,
    pub(super) inspects: bool,
    /// The error may be asked for any trait.
    pub(super) is_closed: bool,
    /// Something stands around the body, not only before it.
    pub(super) wraps: bool,
    /// What the future that the signature names returns.
    pub(super) output: Option<TokenStream>,
    /// Where the signature says what is returned.
    pub(super) blamed: Span,
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
        let absorbed = super::absorbed(&self.call.absorbed);
        let items = quote_spanned!(at=> #absorbed #site #meter #instruments #entries);
        let all = quote_spanned!(at=> #inner #items #statements);
        in_place_of(body, all).to_tokens(&mut tokens);
        tokens
    }

    /// What is evaluated before the body, where the body takes its arguments from there.
    pub(super) fn before(&self) -> TokenStream {
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
        let on_return = self.on_return();
        let value = self.scoped(&body.block);
        quote_spanned!(at=> { let __trace_guard = #start; #before #on_return #value })
    }

    /// The statement that records what waits for the end of a body whose value is not looked at.
    fn on_return(&self) -> Option<TokenStream> {
        let Names { at, rt } = &self.names;
        let look = self.look(TokenStream::new());
        let after = measure::after(self.call, &look, Held::Beside, &self.names);
        (!after.is_empty()).then(
            || quote_spanned!(*at=> let __trace_end = #rt::OnReturn::new(move || { #after });),
        )
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
        let closure = closure(body, quote!(#rebind #enter #first #value));
        quote_spanned! {at=>
            #open
            #before
            #slot
            let __trace_returned = #rt::once::<#ty, _>(#closure);
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

    pub(super) fn look(&self, returned: TokenStream) -> Look<'_> {
        Look {
            names: &self.names,
            returned,
            returns: self.returns,
            is_closed: self.is_closed,
            blamed: self.blamed,
        }
    }

    fn relayed(&self, function: &mut Function, body: &Body) -> TokenStream {
        let at = self.names.at;
        let start = meter::opened(self.call, &self.names, Opened::Call);
        let open = start.map(|start| self.open(&start, false));
        let before = self.before();
        let (inner, arguments) = self.inner(function, body);
        let close = self.close();
        let mut call = arguments;
        if let Some(enter) = self.enter_baggage() {
            call = quote_spanned!(at=> { #enter #call });
        }
        quote_spanned! {at=>
            #inner
            #open
            #before
            let __trace_returned = #call;
            #close
        }
    }

    /// The function with its body, to stand within itself, and the call of it.
    pub(super) fn inner(&self, function: &mut Function, body: &Body) -> (TokenStream, TokenStream) {
        let at = self.names.at;
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
        (quote_spanned!(at=> #(#attrs)* #sig #block), call)
    }

    /// The type that the body is checked against, and the body.
    fn value(&self, sig: &Signature, body: &Body) -> (TokenStream, TokenStream) {
        (self.ty(sig), self.scoped(&body.block))
    }

    /// The type that the body is checked against.
    pub(super) fn ty(&self, sig: &Signature) -> TokenStream {
        match &sig.output {
            ReturnType::Default => quote_spanned!(self.names.at=> ()),
            ReturnType::Type(_, ty) => parameters::elided(ty, &sig.generics),
        }
    }
}

/// A block of the user as the last expression of one of ours. Ours is of edition 2024, so that
/// what the last expression of theirs borrowed is dropped before our locals in every edition, as
/// it is at the end of a function. The empty attribute tells the compiler not to find the braces
/// needless.
pub(super) fn last(block: &Group, at: Span) -> TokenStream {
    quote_spanned!(at=> #[allow()] #block)
}

/// Statements in braces that stand where those of the body stood, so that lints find a last `return`.
pub(super) fn in_place_of(body: &Body, statements: TokenStream) -> Group {
    let mut block = Group::new(Delimiter::Brace, statements);
    block.set_span(body.block.span());
    block
}

/// The same around a block of ours, whose edition decides when temporaries are dropped.
pub(super) fn around(body: &Body, statements: TokenStream) -> Group {
    in_place_of(body, quote_spanned!(Span::mixed_site()=> #[allow()] { #statements }))
}

/// The same as a closure.
pub(super) fn closure(body: &Body, statements: TokenStream) -> TokenStream {
    let block = around(body, statements);
    quote_spanned!(body.block.span()=> move || #block)
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
