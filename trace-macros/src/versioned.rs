//! Gives hidden modules the name of their release: `__private` becomes `__private_<version>`.

use proc_macro::{Group, Ident, TokenStream, TokenTree};

/// The input, with every identifier `__private` renamed to `name`.
pub(crate) fn rename(input: TokenStream, name: &str) -> TokenStream {
    let renamed = input.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident.to_string() == "__private" => {
            TokenTree::Ident(Ident::new(name, ident.span()))
        }
        TokenTree::Group(group) => {
            let mut renamed = Group::new(group.delimiter(), rename(group.stream(), name));
            renamed.set_span(group.span());
            TokenTree::Group(renamed)
        }
        other => other,
    });
    renamed.collect()
}
