//! Moves a function, with its body, into itself: an inner function keeps its caller's location and
//! can name the type of `impl Fn`, unlike a closure.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{GenericParam, Safety};

use super::blocks::whole;
use super::expansion::Expansion;
use super::parameters::Parameters;
use crate::syntax::attributes;
use crate::syntax::item::{Body, Function};

impl Expansion<'_> {
    /// The inner function, and the call of it.
    pub(super) fn inner(&self, function: &mut Function, body: &Body) -> (TokenStream, TokenStream) {
        let at = self.names.at;
        let inner = function.sig.clone();
        let arguments = Parameters::take(&mut function.sig, self.call).names;
        let attrs = function
            .attrs
            .iter()
            .filter(|attr| !attr.path().is_ident("doc") && attributes::is_inert(attr));
        let (sig, name) = (&inner, &inner.ident);
        let block = whole(body);
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
            // SAFETY (of the expansion): callers of the outer function promise what the inner one
            // requires, because both have the same contract.
            call = quote_spanned!(at=> unsafe { #call });
        }
        (quote_spanned!(at=> #(#attrs)* #sig #block), call)
    }
}
