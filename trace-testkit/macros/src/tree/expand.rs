//! What `tree!` becomes: calls on `Tree` and `SpanPattern`, each on the tokens that ask for it, so
//! that type errors point there.

use super::settings::{Given, Pattern, Setting, Settings};
use super::syntax::{Group, Node, Siblings};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

pub(super) fn tree(home: &TokenStream, roots: &Siblings) -> TokenStream {
    let siblings = siblings(home, roots);
    quote!(#home::Tree::new() #siblings)
}

fn siblings(home: &TokenStream, siblings: &Siblings) -> TokenStream {
    let groups = siblings.groups.iter().map(|group| match group {
        Group::One(node) => {
            let node = self::node(home, node);
            quote!(.child(#node))
        }
        Group::Unordered(nodes) => {
            let nodes = nodes.iter().map(|node| self::node(home, node));
            quote!(.unordered([#(#nodes),*]))
        }
    });
    let further = siblings.further.then(|| quote!(.further()));
    quote!(#(#groups)* #further)
}

fn node(home: &TokenStream, node: &Node) -> TokenStream {
    let name = name(home, &node.name);
    let settings = settings(home, &node.settings);
    let times = node.times.as_ref().map(|times| quote_spanned!(times.span()=> .times(#times)));
    let children = node.children.as_ref().map(|children| siblings(home, children));
    quote_spanned!(name.span()=> #home::Tree::span(#name) #settings #times #children)
}

/// `_` stands for any.
fn name(home: &TokenStream, name: &TokenStream) -> TokenStream {
    match name.is_empty() {
        true => quote!(#home::matcher::any()),
        false => name.clone(),
    }
}

fn settings(home: &TokenStream, settings: &Settings) -> TokenStream {
    let has = pairs(&format_ident!("has"), &settings.attributes);
    let absent = settings.absent.iter().map(|key| quote_spanned!(key.span()=> .has_no(#key)));
    // Who names attributes names them all.
    let closed = !settings.attributes.is_empty() && !settings.further;
    let only = closed.then(|| quote!(.only()));
    let options = settings.options.iter().map(|setting| option(home, setting));
    quote!(#has #(#absent)* #only #(#options)*)
}

fn pairs(method: &syn::Ident, pairs: &[(TokenStream, syn::Expr)]) -> TokenStream {
    let calls = pairs.iter().map(|(key, value)| {
        let method = syn::Ident::new(&method.to_string(), value.span());
        quote_spanned!(value.span()=> .#method(#key, #value))
    });
    quote!(#(#calls)*)
}

fn option(home: &TokenStream, setting: &Setting) -> TokenStream {
    let method = &setting.method;
    match &setting.given {
        Given::Nothing => quote!(.#method()),
        Given::Borrowed(value) => quote_spanned!(value.span()=> .#method(&#value)),
        Given::Value(value) => quote_spanned!(value.span()=> .#method(#value)),
        Given::Variant("Status", name) if name == "Error" => {
            let private = crate::private();
            quote!(.#method(#home::#private::Status::error("")))
        }
        Given::Variant(ty, name) => {
            let ty = format_ident!("{ty}");
            let private = crate::private();
            quote!(.#method(#home::#private::#ty::#name))
        }
        Given::Pairs(attributes) => pairs(method, attributes),
        Given::Patterns(make, patterns) => {
            let calls = patterns.iter().map(|written| {
                let pattern = pattern(home, make, written);
                quote!(.#method(#pattern))
            });
            quote!(#(#calls)*)
        }
    }
}

fn pattern(home: &TokenStream, make: &str, pattern: &Pattern) -> TokenStream {
    let make = format_ident!("{make}");
    let name = name(home, &pattern.name);
    let settings = settings(home, &pattern.settings).into_token_stream();
    quote_spanned!(name.span()=> #home::#make(#name) #settings)
}
