//! Chooses the form of an expansion:
//!
//! | function | form |
//! |---|---|
//! | runs to its end | the body between entering and leaving, the signature untouched |
//! | may return early, or returns `impl Trait` | a guard before the body |
//! | may return an error | the body in a closure, its value inspected |
//! | may return an error, with `#[track_caller]` | the body in an inner function, because a closure has no caller |
//! | returns `impl Fn`, and an option asks for the value | the body in an inner function, because only that can name its type |
//! | `async fn` | a function that returns the wrapped future of an async block |
//! | `async fn` that another attribute is still to expand | the wrapped future, awaited within |
//! | `async fn` that returns `impl Fn` | the wrapped future of an inner function; a method stays as it is |
//! | its body is one async block, boxed or not | the block wrapped in its place |
//! | builds a future or stream otherwise | the body runs within the span, its result is wrapped |
//!
//! Business metrics that are known before the body are recorded before it. If a function has nothing
//! else, that is the whole expansion, whatever the function is. Without a span, the forms are the
//! same with fewer calls. The forms of futures and streams are in `future.rs`.

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::Signature;

use super::absorbed::absorbed;
use super::blocks::{closure, in_place_of, last};
use super::expansion::Expansion;
use super::look::Look;
use super::measure::{self, Held};
use super::names::Names;
use super::parameters::Parameters;
use super::start::Opened;
use super::{entries, meter, outcome, site};
use crate::model::call::Call;
use crate::model::opaque;
use crate::model::returns::Returns;
use crate::syntax::early::may_return_early;
use crate::syntax::item::{Body, Function};

pub(crate) fn expand(mut function: Function, call: &Call) -> TokenStream {
    let returns = function.returns();
    let (is_async, is_lazy) = (function.sig.asyncness.is_some(), returns.is_lazy());
    let is_opaque = !is_lazy && opaque::is_opaque(&function.sig.output);
    // Inspecting an opaque value may keep the body from compiling, so only an option asks for that.
    let inspects =
        call.inspects(returns) && (!is_opaque || is_async || call.asks_for_value(returns));
    let is_callable = is_opaque && opaque::is_callable(&function.sig.output);
    let can_be_nested = function.can_be_nested();
    let relay = match function.is_track_caller() {
        _ if is_lazy || is_async || !inspects => None,
        true => Some(can_be_nested),
        false => (is_callable && can_be_nested).then_some(true),
    };
    let Some(body) = function.body.take() else { return function.into_token_stream() };
    let expansion = Expansion::new(call, &function.sig, returns, inspects);
    let in_place = if is_lazy { expansion.in_place(&body) } else { None };
    let block = if let Some(block) = in_place {
        block
    } else if !expansion.wraps {
        expansion.preceded(&body)
    } else if is_async && is_callable {
        // The inner function would destructure its arguments a second time.
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

impl Expansion<'_> {
    /// The function with its new statements; the attributes of the old body stay first.
    fn print(&self, function: &Function, body: &Body, statements: TokenStream) -> TokenStream {
        let at = self.names.at;
        let site = site::of_function(&self.call.origin, self.call.span.as_ref(), &self.names);
        let meter = self.call.meter.as_ref().map(|meter| meter::declare(meter, &self.names));
        let instruments = measure::declare(&self.call.measures, &self.names);
        let entries = entries::entries(self.call, &self.names);
        let mut tokens = TokenStream::new();
        tokens.append_all(&function.attrs);
        function.vis.to_tokens(&mut tokens);
        function.defaultness.to_tokens(&mut tokens);
        function.sig.to_tokens(&mut tokens);
        // With the body's span, so that the function begins and ends where it was written.
        let inner = &body.inner;
        let absorbed = absorbed(&self.call.absorbed);
        let items = quote_spanned!(at=> #absorbed #site #meter #instruments #entries);
        let all = quote_spanned!(at=> #inner #items #statements);
        in_place_of(body, all).to_tokens(&mut tokens);
        tokens
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

    /// The statement that records held values at the end of a body whose value is not inspected.
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
        // A body that diverges must not cause a warning.
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
        // Values that have names only inside the closure are recorded from within it.
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

    /// Whether one call inspects the value and leaves.
    fn leaves_by_value(&self, look: &Look<'_>) -> bool {
        self.call.meter.is_none() && outcome::is_default(self.call, look, Held::Beside)
    }

    /// The statement that opens a call whose return value is inspected.
    fn open(&self, call: &TokenStream, has_slot: bool) -> TokenStream {
        let at = self.names.at;
        let look = self.look(quote_spanned!(at=> &__trace_returned));
        let changes =
            has_slot || self.call.reads_outcome(self.returns) && !self.leaves_by_value(&look);
        let mutability = changes.then(|| quote_spanned!(at=> mut));
        quote_spanned!(at=> let #mutability __trace_call = #call;)
    }

    /// Inspects the returned value, leaves the call, and returns the value.
    fn close(&self) -> TokenStream {
        let at = self.names.at;
        let holder = meter::holder(self.call, &self.names);
        let finish = quote_spanned!(at=> #holder::finish(&mut __trace_call));
        let finish = self.call.reads_outcome(self.returns).then_some(&finish);
        let look = self.look(quote_spanned!(at=> &__trace_returned));
        if self.leaves_by_value(&look) {
            let (rt, leave) = (&self.names.rt, look.leave(quote_spanned!(at=> __trace_call)));
            return quote_spanned!(at=> { use #rt::probe::tiers::*; #leave } __trace_returned);
        }
        let inspect = outcome::inspect(self.call, &look, finish, Held::Beside);
        let leave =
            self.call.is_judged().then(|| quote_spanned!(at=> #holder::leave(__trace_call);));
        quote_spanned!(at=> #inspect #leave __trace_returned)
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

    /// The type against which the body is checked, and the body.
    fn value(&self, sig: &Signature, body: &Body) -> (TokenStream, TokenStream) {
        (self.ty(sig), self.scoped(&body.block))
    }
}
