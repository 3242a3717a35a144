//! Moves the parameters of a function along with its body into a closure or a future: all of them, in
//! their order, so that everything is dropped at the same time and in the same order as before.

use crate::model::call::Call;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, FnArg, Pat, PatIdent, Signature};

/// The parameters of a signature that now has plain names for all of them.
pub(crate) struct Parameters {
    /// Statements at the beginning of the closure or future.
    pub(crate) rebind: TokenStream,
    /// Whether some arguments have names only after those statements.
    pub(crate) has_patterns: bool,
    /// The plain names, except `self`.
    pub(crate) names: Vec<Ident>,
}

impl Parameters {
    /// Gives every parameter a plain name in the signature, and moves `mut`, patterns and lint
    /// attributes to the statements. Variables that `call` mentions count as used.
    pub(crate) fn take(sig: &mut Signature, call: &Call) -> Self {
        let at = Span::mixed_site();
        let mut rebind = TokenStream::new();
        let mut has_patterns = false;
        let mut names = Vec::new();
        for (index, input) in sig.inputs.iter_mut().enumerate() {
            let typed = match input {
                FnArg::Receiver(receiver) => {
                    let this = receiver.self_token;
                    rebind.extend(quote_spanned!(at=> let _ = &#this;));
                    continue;
                }
                FnArg::Typed(typed) => typed,
            };
            let mut attrs: Vec<Attribute> = Vec::new();
            typed.attrs.retain(|attr| {
                let lint = is_lint(attr);
                if lint || attr.path().is_ident("cfg") {
                    attrs.push(attr.clone());
                }
                !lint
            });
            let cfgs: Vec<&Attribute> =
                attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
            match &mut *typed.pat {
                Pat::Ident(PatIdent { by_ref: None, mutability, ident, subpat: None, .. }) => {
                    let mutability = mutability.take();
                    let unused = ident.to_string().starts_with('_').then(|| quote_spanned! {at=>
                        #[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]
                    });
                    rebind.extend(
                        quote_spanned!(at=> #unused #(#attrs)* let #mutability #ident = #ident;),
                    );
                    if call.mentions(ident) {
                        rebind.extend(quote_spanned!(at=> #(#cfgs)* let _ = &#ident;));
                    }
                    names.push(ident.clone());
                }
                pattern => {
                    let name = format_ident!("__trace_arg{index}", span = at);
                    let plain = Pat::Ident(PatIdent {
                        attrs: Vec::new(),
                        by_ref: None,
                        mutability: None,
                        ident: name.clone(),
                        subpat: None,
                    });
                    let pattern = std::mem::replace(pattern, plain);
                    let mutability =
                        binds_by_ref_mut(pattern.to_token_stream()).then_some(syn::Token![mut](at));
                    rebind.extend(quote_spanned!(at=> #(#cfgs)* let #mutability #name = #name;));
                    if !matches!(pattern, Pat::Wild(_)) {
                        has_patterns = true;
                        rebind.extend(quote_spanned!(at=> #(#attrs)* let #pattern = #name;));
                    }
                    names.push(name);
                }
            }
        }
        Self { rebind, has_patterns, names }
    }
}

/// Whether a pattern contains `ref mut`, which borrows the argument that it destructures.
fn binds_by_ref_mut(pattern: TokenStream) -> bool {
    let mut after_ref = false;
    pattern.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            let found = after_ref && ident == "mut";
            after_ref = ident == "ref";
            found
        }
        TokenTree::Group(group) => binds_by_ref_mut(group.stream()),
        _ => false,
    })
}

fn is_lint(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|lint| attr.path().is_ident(lint))
}

/// A type as a `let` may have it: `impl Trait`, which only signatures may have, becomes `_`.
pub(crate) fn inferable(ty: &syn::Type) -> TokenStream {
    let mut ty = ty.clone();
    infer_impls(&mut ty);
    let tokens = ty.into_token_stream();
    if mentions_impl(tokens.clone()) { quote!(_) } else { tokens }
}

/// Like [`inferable`], without the names of the function's lifetimes, so that lints still find the ones
/// that its signature does not need.
pub(crate) fn elided(ty: &syn::Type, generics: &syn::Generics) -> TokenStream {
    let tokens = inferable(ty);
    if generics.lifetimes().next().is_none() || has_scopes(tokens.clone()) {
        return tokens;
    }
    elide(tokens, &|name| generics.lifetimes().any(|own| own.lifetime.ident == *name))
}

/// Whether `'_` may be a lifetime of a function type.
fn has_scopes(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            ident == "fn" || ident == "for" || ident.to_string().contains("Fn")
        }
        TokenTree::Group(group) => has_scopes(group.stream()),
        _ => false,
    })
}

fn elide(tokens: TokenStream, is_own: &dyn Fn(&Ident) -> bool) -> TokenStream {
    let mut after_quote = false;
    let elided = tokens.into_iter().map(|token| {
        let was_quote = std::mem::replace(
            &mut after_quote,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
        );
        match token {
            TokenTree::Ident(name) if was_quote && is_own(&name) => {
                TokenTree::Ident(Ident::new("_", name.span()))
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), elide(group.stream(), is_own));
                inside.set_span(group.span());
                TokenTree::Group(inside)
            }
            other => other,
        }
    });
    elided.collect()
}

fn infer_impls(ty: &mut syn::Type) {
    use syn::Type;
    match ty {
        Type::ImplTrait(implied) => {
            *ty = Type::Infer(syn::TypeInfer {
                attrs: Vec::new(),
                underscore_token: syn::Token![_](implied.impl_token.span),
            });
        }
        Type::Group(group) => infer_impls(&mut group.elem),
        Type::Paren(paren) => infer_impls(&mut paren.elem),
        Type::Reference(reference) => infer_impls(&mut reference.elem),
        Type::Array(array) => infer_impls(&mut array.elem),
        Type::Slice(slice) => infer_impls(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer_impls),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let syn::GenericArgument::Type(ty) = argument {
                            infer_impls(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        _ => false,
    })
}
