//! Puts baggage in scope for the body of a function, and for nothing else of its call.

use proc_macro2::{Group, TokenStream};
use quote::quote_spanned;

use super::blocks::last;
use super::expansion::Expansion;
use super::names::Names;
use super::site::literal;
use super::start;

impl Expansion<'_> {
    /// The baggage that the body adds, evaluated where the body begins; `None` if it adds none.
    pub(super) fn baggage(&self) -> Option<TokenStream> {
        let Names { at, rt } = &self.names;
        let at = *at;
        let fields = &self.call.span.as_ref()?.baggage;
        let entries = fields.iter().map(|field| {
            let (key, value) = (literal(&field.key.text, at), start::value(field, &self.names));
            quote_spanned!(at=> (#key, #value))
        });
        (!fields.is_empty()).then(|| {
            quote_spanned! {at=>
                if #rt::active() { #rt::baggage(&[#(#entries),*]) } else { #rt::Option::None }
            }
        })
    }

    /// The statement that keeps it in scope until the end of the block.
    pub(super) fn enter_baggage(&self) -> Option<TokenStream> {
        let Names { at, rt } = &self.names;
        let baggage = self.baggage()?;
        Some(quote_spanned!(*at=> let __trace_baggage = #rt::in_baggage(#baggage);))
    }

    /// The body with it in scope.
    pub(super) fn scoped(&self, body: &Group) -> TokenStream {
        let at = self.names.at;
        let value = last(body, at);
        match self.enter_baggage() {
            Some(enter) => quote_spanned!(at=> { #enter #value }),
            None => value,
        }
    }

    /// The statement that keeps it in scope from there to the end of a future.
    pub(super) fn enter_scope(&self) -> Option<TokenStream> {
        let Names { at, rt } = &self.names;
        let baggage = self.baggage()?;
        Some(quote_spanned!(*at=> #rt::enter_scope(#baggage);))
    }

    /// The future with the wrapper that the statement of [`enter_scope`](Self::enter_scope) needs.
    pub(super) fn scoped_future(&self, future: TokenStream) -> TokenStream {
        let Names { at, rt } = &self.names;
        match self.baggage() {
            Some(_) => quote_spanned!(*at=> #rt::scoped(#future)),
            None => future,
        }
    }
}
