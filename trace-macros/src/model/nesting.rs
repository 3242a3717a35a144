//! Decides whether a function can be nested, unchanged, in another one of the same signature. The
//! expansion needs that to inspect the return value under `#[track_caller]`, because a closure has no
//! caller, and to inspect `impl Fn`, because a closure cannot name its type.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::FnArg;

use super::types::looks_like_parameter;
use crate::syntax::item::Function;

impl Function {
    pub(crate) fn is_track_caller(&self) -> bool {
        self.attrs.iter().any(|attr| attr.path().is_ident("track_caller"))
    }

    /// Whether an argument is destructured instead of named.
    pub(crate) fn has_patterns(&self) -> bool {
        self.sig.inputs.iter().any(|input| match input {
            FnArg::Receiver(_) => false,
            FnArg::Typed(typed) => !matches!(&*typed.pat, syn::Pat::Ident(_)),
        })
    }

    /// Whether nothing in the function refers to an enclosing `impl` block: neither `Self` nor a name that
    /// looks like one of the block's generic parameters.
    pub(crate) fn can_be_nested(&self) -> bool {
        if self.sig.receiver().is_some() || self.sig.variadic.is_some() {
            return false;
        }
        let plain = self.sig.inputs.iter().all(|input| match input {
            FnArg::Receiver(_) => false,
            FnArg::Typed(typed) => typed.attrs.is_empty(),
        });
        let own: Vec<String> = self
            .sig
            .generics
            .params
            .iter()
            .map(|param| match param {
                syn::GenericParam::Lifetime(lifetime) => lifetime.lifetime.ident.to_string(),
                syn::GenericParam::Type(ty) => ty.ident.to_string(),
                syn::GenericParam::Const(constant) => constant.ident.to_string(),
            })
            .collect();
        let body = self.body.as_ref().map(|body| body.block.stream()).unwrap_or_default();
        plain
            && !refers_outside(self.sig.to_token_stream(), &own, true)
            && !refers_outside(body, &own, false)
    }
}

fn refers_outside(tokens: TokenStream, own: &[String], signature: bool) -> bool {
    let mut quote = false;
    tokens.into_iter().any(|token| {
        let after_quote = std::mem::replace(
            &mut quote,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
        );
        match token {
            TokenTree::Group(group) => refers_outside(group.stream(), own, signature),
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                if after_quote {
                    signature && name != "static" && name != "_" && !own.contains(&name)
                } else {
                    name == "Self" || looks_like_parameter(&name) && !own.contains(&name)
                }
            }
            _ => false,
        }
    })
}
